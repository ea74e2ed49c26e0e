package dev.antiphon.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one choice of one event holds, before anybody is told.
 *
 * <p>Threading: confined to its parser.
 */
final class Delta {
    static final long NO_EXPIRY = -1;
    static final long NO_RATE = -1;

    /** Null in all of these: not in this event, or empty. */
    @Nullable
    String role;

    @Nullable
    String content;

    @Nullable
    String refusal;

    @Nullable
    String audioId;

    @Nullable
    String transcript;

    @Nullable
    String finishReason;

    /** The raw base64 in the event's array; none when both are equal. */
    int dataStart;

    int dataEnd;

    /** The raw text of {@code content}, where it may turn out to be audio; none when both are equal. */
    int contentStart;

    int contentEnd;

    /** The raw text of {@link #transcript}. */
    int transcriptStart;

    int transcriptEnd;

    /** {@code delta.audio.sample_rate} of LFM2's server. */
    long sampleRateHz = NO_RATE;

    /** {@code delta.audio} is a list, as of ACE-Step's links to files. */
    boolean isAudioList;

    long expiresAtUnixSeconds = NO_EXPIRY;
    final List<ToolCallPiece> toolCalls = new ArrayList<>(0);

    record ToolCallPiece(
            int index,
            @Nullable String callId,
            @Nullable String name,
            @Nullable String argumentsDelta) {}

    void clear() {
        role = null;
        content = null;
        refusal = null;
        audioId = null;
        transcript = null;
        finishReason = null;
        dataStart = 0;
        dataEnd = 0;
        contentStart = 0;
        contentEnd = 0;
        transcriptStart = 0;
        transcriptEnd = 0;
        sampleRateHz = NO_RATE;
        isAudioList = false;
        expiresAtUnixSeconds = NO_EXPIRY;
        toolCalls.clear();
    }

    /** Everything but the calls of tools and {@code content} that was not placed. */
    void copy(Delta other) {
        clear();
        role = other.role;
        content = other.content;
        refusal = other.refusal;
        audioId = other.audioId;
        transcript = other.transcript;
        finishReason = other.finishReason;
        dataStart = other.dataStart;
        dataEnd = other.dataEnd;
        transcriptStart = other.transcriptStart;
        transcriptEnd = other.transcriptEnd;
        sampleRateHz = other.sampleRateHz;
        isAudioList = other.isAudioList;
        expiresAtUnixSeconds = other.expiresAtUnixSeconds;
    }

    /** The text of ASCII bytes. */
    static String plainText(byte[] array, int from, int to) {
        return new String(array, from, to - from, StandardCharsets.US_ASCII);
    }

    boolean hasAudio() {
        return dataEnd > dataStart;
    }

    /** Whether any of the answer itself is here. */
    boolean isAnswer() {
        return hasAudio() || transcript != null || content != null || refusal != null || !toolCalls.isEmpty();
    }

    /** OpenAI's end of a spoken answer, where {@code finish_reason} never comes. */
    boolean isExpiryOnly() {
        return expiresAtUnixSeconds != NO_EXPIRY && audioId == null && !isAnswer();
    }
}
