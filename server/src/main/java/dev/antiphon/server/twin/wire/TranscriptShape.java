package dev.antiphon.server.twin.wire;

/**
 * How a transcript is to be written down.
 *
 * <p>Threading: immutable.
 *
 * @param task {@code transcribe} or {@code translate}
 * @param responseFormat {@code json}, {@code text}, {@code srt}, {@code verbose_json} or {@code vtt}
 * @param hasSegments of {@code verbose_json}, like {@code hasWords}
 */
public record TranscriptShape(String task, String responseFormat, boolean hasSegments, boolean hasWords) {
    public static final String TRANSCRIBE = "transcribe";
    public static final String TRANSLATE = "translate";

    public boolean isTranslation() {
        return task.equals(TRANSLATE);
    }

    public String contentType() {
        return responseFormat.endsWith("json") ? "application/json" : "text/plain; charset=utf-8";
    }
}
