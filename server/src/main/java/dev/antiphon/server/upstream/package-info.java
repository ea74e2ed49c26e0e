/**
 * The model's connection: HTTP/2 or HTTP/1.1, plain or TLS, direct or through a proxy, kept alive and kept warm on the
 * event loop of the session that asks.
 *
 * <p>{@link dev.antiphon.server.upstream.UpstreamClient} is the door. A call is signed and finds a carrier in the pool of
 * its loop, a whole connection or one stream of many, writes the request, feeds the bytes of the response to the core's
 * decoder, and gives the carrier back once the HTTP message has ended.
 */
@NullMarked
package dev.antiphon.server.upstream;

import org.jspecify.annotations.NullMarked;
