package dev.antiphon.server.rest.audio;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The content types an answer may have: what a model's server says is looked up here and never repeated.
 *
 * <p>Threading: immutable.
 */
final class ContentTypes {
    static final String JSON = "application/json";
    static final String EVENTS = "text/event-stream; charset=utf-8";
    static final String TEXT = "text/plain; charset=utf-8";

    private static final Map<String, String> SOUNDS = Map.ofEntries(
            Map.entry("audio/mpeg", "audio/mpeg"),
            Map.entry("audio/mp3", "audio/mpeg"),
            Map.entry("audio/opus", "audio/opus"),
            Map.entry("audio/ogg", "audio/ogg"),
            Map.entry("audio/aac", "audio/aac"),
            Map.entry("audio/flac", "audio/flac"),
            Map.entry("audio/x-flac", "audio/flac"),
            Map.entry("audio/wav", "audio/wav"),
            Map.entry("audio/wave", "audio/wav"),
            Map.entry("audio/x-wav", "audio/wav"),
            Map.entry("audio/vnd.wave", "audio/wav"),
            Map.entry("audio/pcm", "audio/pcm"),
            Map.entry("audio/l16", "audio/pcm"));
    private static final Map<String, String> TRANSCRIPTS = Map.of(
            "application/json",
            JSON,
            "text/event-stream",
            EVENTS,
            "text/plain",
            TEXT,
            "text/vtt",
            "text/vtt; charset=utf-8",
            "text/srt",
            "application/x-subrip",
            "application/x-subrip",
            "application/x-subrip");
    /** Of the formats that can be asked for. */
    private static final Map<String, String> BY_FORMAT = Map.of(
            "mp3", "audio/mpeg",
            "opus", "audio/opus",
            "aac", "audio/aac",
            "flac", "audio/flac",
            "wav", "audio/wav",
            "pcm", "audio/pcm");

    private ContentTypes() {}

    /** Which of them an answer has. */
    @FunctionalInterface
    interface Choice {
        /**
         * @param sent what the model's server said; empty: it did not
         * @return null: this is not what was asked for
         */
        @Nullable
        String of(String sent);
    }

    /**
     * Of speech that was asked for as bytes.
     *
     * @param sent empty: the server did not say
     * @return null: this is no sound
     */
    static @Nullable String ofSound(String sent, String responseFormat) {
        String mimeType = mimeType(sent);
        boolean isSilent = mimeType.isEmpty() || mimeType.endsWith("/octet-stream");
        return isSilent ? BY_FORMAT.get(responseFormat) : SOUNDS.get(mimeType);
    }

    /** @return null: these are no events */
    static @Nullable String ofEvents(String sent) {
        return mimeType(sent).equals("text/event-stream") ? EVENTS : null;
    }

    /**
     * @param sent empty: the server did not say
     * @param responseFormat as it was asked for, known or not
     * @return null: this is no transcript
     */
    static @Nullable String ofTranscript(String sent, String responseFormat) {
        String mimeType = mimeType(sent);
        if (!mimeType.isEmpty()) return TRANSCRIPTS.get(mimeType);
        return responseFormat.endsWith("json") ? JSON : TEXT;
    }

    private static String mimeType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
