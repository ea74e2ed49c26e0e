/**
 * The embedded model: a real HTTP/1.1 server on loopback that speaks the provider's wire, so that the gateway reaches it
 * through the very code that reaches a provider. A request goes {@code TwinHandler → TwinModel (reader, brain) →
 * AnswerStream (script, voices)}.
 */
@NullMarked
package dev.antiphon.server.twin;

import org.jspecify.annotations.NullMarked;
