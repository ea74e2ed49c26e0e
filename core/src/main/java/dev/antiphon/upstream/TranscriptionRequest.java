package dev.antiphon.upstream;

import dev.antiphon.audio.AudioClip;
import org.jspecify.annotations.Nullable;

/**
 * One request to {@code POST …/audio/transcriptions}.
 *
 * <p>Threading: immutable.
 *
 * @param language ISO-639-1; null: to be guessed
 * @param prompt words to expect; null: none
 */
public record TranscriptionRequest(
        String model,
        AudioClip clip,
        @Nullable String language,
        @Nullable String prompt) {

    /** Whether pieces of the transcript are asked for: {@code whisper-1} is the one model that has none. */
    public boolean isStreamed() {
        return !model.equals("whisper-1");
    }
}
