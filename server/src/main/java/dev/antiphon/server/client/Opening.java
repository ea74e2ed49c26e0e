package dev.antiphon.server.client;

import dev.antiphon.session.SessionSettings;
import org.jspecify.annotations.Nullable;

/**
 * How a client opens its session.
 *
 * <p>Threading: immutable.
 *
 * @param client whose key it was, as it may stand in a log
 * @param model as the client named it in the URI; empty: it named none
 * @param bound what the session starts with, whatever the URI says, because the client's ephemeral key was made for it;
 *     its model is empty where the key leaves that to the URI; null: the defaults
 * @param isTranscription {@code ?intent=transcription}: the client wants to be written down, not answered
 */
public record Opening(String client, String model, @Nullable SessionSettings bound, boolean isTranscription) {}
