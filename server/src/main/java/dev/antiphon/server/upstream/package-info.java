/**
 * The model's connection: HTTP/1.1, plain or TLS, kept alive and kept warm on the event loop of the session that asks.
 *
 * <p>{@link dev.antiphon.server.upstream.UpstreamClient} is the door. A call takes a connection from the pool of its
 * loop or opens one, writes the request, feeds the bytes of the response to the core's decoder, and gives the connection
 * back once the HTTP message has ended.
 */
@NullMarked
package dev.antiphon.server.upstream;

import org.jspecify.annotations.NullMarked;
