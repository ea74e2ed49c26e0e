package dev.antiphon.server.twin.speech;

import dev.antiphon.audio.AudioClip;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * As many mouths as there are threads that speak at once; a mouth is made when none is idle, and kept. What they say is
 * {@link KnownSpeech} for a while.
 *
 * <p>Threading: thread-safe; takes milliseconds, so never on an event loop.
 */
public final class Speakers {
    private final ConcurrentLinkedQueue<Speaker> idle = new ConcurrentLinkedQueue<>();

    /** Makes the first mouth ahead of the first sentence, and lets it speak once, as first sentences are ten times slower. */
    public void warmUp() {
        speak("Ready.", TwinVoice.ALLOY);
    }

    /** One sentence as PCM16 at 24 kHz, without silence in front; empty when there is nothing to pronounce. */
    public AudioClip speak(String sentence, TwinVoice as) {
        @Nullable Speaker found = idle.poll();
        Speaker speaker = found == null ? new Speaker() : found;
        AudioClip speech = speaker.speak(sentence, as);
        KnownSpeech.OF_THIS_PROCESS.remember(sentence, as, speech);
        idle.add(speaker); // only when it did not fail: a mouth that did is not trusted again
        return speech;
    }
}
