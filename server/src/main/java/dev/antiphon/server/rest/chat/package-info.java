/**
 * {@code POST /v1/chat/completions}: a client's request, its sound in whatever format, to the model; the model's reply to
 * the client, streamed or whole, in the format it asked for.
 */
@NullMarked
package dev.antiphon.server.rest.chat;

import org.jspecify.annotations.NullMarked;
