package dev.antiphon.server.rest.chat;

import dev.antiphon.server.rest.UsageSink.Outcome;
import dev.antiphon.server.rest.chat.CompletionReply.Ended;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.TokenEstimate;
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

    long writtenCharacters; // of words and of calls
    long spokenSamples;
    boolean hasToolCalls;
    boolean hasSpeech;

    @Nullable
    String audioId; // null: not said

    long expiresAtUnixSeconds = -1; // negative: not said

    /** What the answer was made of, as far as it came. */
    TokenCounts estimate() {
        return TokenEstimate.ofAnswer(writtenCharacters, spokenSamples);
    }

    Ended endedBy(UpstreamFault fault) {
        boolean isRefused = Outcome.of(fault) == Outcome.REFUSED && writtenCharacters == 0 && spokenSamples == 0;
        return isRefused ? Ended.REFUSED : Ended.FAILED;
    }

    void countCall(@Nullable String name, @Nullable String argumentsDelta) {
        hasToolCalls = true;
        if (name != null) writtenCharacters += name.length();
        if (argumentsDelta != null) writtenCharacters += argumentsDelta.length();
    }

    String finishReason() {
        return CompletionJson.finishReason(finish, hasToolCalls);
    }

    /** Where the provider does not say, as long as OpenAI lets its own live. */
    long expiryOr(long nowUnixSeconds) {
        return expiresAtUnixSeconds < 0 ? nowUnixSeconds + AUDIO_LIFETIME_SECONDS : expiresAtUnixSeconds;
    }
}
