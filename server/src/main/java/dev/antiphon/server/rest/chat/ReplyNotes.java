package dev.antiphon.server.rest.chat;

import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What a reply says about itself, to be told at its end.
 *
 * <p>Threading: confined to the connection's event loop.
 */
final class ReplyNotes {
    static final long AUDIO_LIFETIME_SECONDS = 3_600;

    Usage usage = Usage.NONE;

    @Nullable
    FinishReason finish; // null: not said

    boolean hasToolCalls;
    boolean hasSpeech;

    @Nullable
    String audioId; // null: not said

    long expiresAtUnixSeconds = -1; // negative: not said

    String finishReason() {
        return CompletionJson.finishReason(finish, hasToolCalls);
    }

    /** Where the provider does not say, as long as OpenAI lets its own live. */
    long expiryOr(long nowUnixSeconds) {
        return expiresAtUnixSeconds < 0 ? nowUnixSeconds + AUDIO_LIFETIME_SECONDS : expiresAtUnixSeconds;
    }
}
