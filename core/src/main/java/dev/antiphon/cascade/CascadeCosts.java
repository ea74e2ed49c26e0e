package dev.antiphon.cascade;

import dev.antiphon.upstream.TranscriptionUsage;

/**
 * Hears what a turn costs beside its chat completion, whose usage the reply itself says.
 *
 * <p>Threading: called on the session's event loop.
 */
public interface CascadeCosts {
    CascadeCosts NONE = new CascadeCosts() {
        @Override
        public void onTranscribed(String model, TranscriptionUsage usage) {}

        @Override
        public void onSpeechAsked(String model, int characters) {}
    };

    /** A clip was written down. */
    void onTranscribed(String model, TranscriptionUsage usage);

    /** A sentence was sent to be spoken, which costs whether or not all of it is heard. */
    void onSpeechAsked(String model, int characters);
}
