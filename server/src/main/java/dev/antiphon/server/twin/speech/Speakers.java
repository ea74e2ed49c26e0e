package dev.antiphon.server.twin.speech;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.TimeStretch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
        return speak(sentence, as, 1);
    }

    /**
     * The same, faster or slower.
     *
     * @param speedRatio 0.25 to 4; 2 is twice as fast
     */
    public AudioClip speak(String sentence, TwinVoice as, double speedRatio) {
        @Nullable Speaker found = idle.poll();
        Speaker speaker = found == null ? new Speaker() : found;
        AudioClip speech = stretched(speaker.speak(sentence, as), speedRatio);
        KnownSpeech.OF_THIS_PROCESS.remember(sentence, as, speedRatio, speech);
        idle.add(speaker); // only when it did not fail: a mouth that did is not trusted again
        return speech;
    }

    /** In as many steps as one stretch of the voice does not do. */
    private static AudioClip stretched(AudioClip speech, double speedRatio) {
        if (speedRatio == 1) return speech;
        int steps = 1;
        while (Math.pow(speedRatio, 1.0 / steps) > TimeStretch.FASTEST_RATIO) steps++;
        AudioClip stretched = speech;
        for (int i = 0; i < steps; i++) stretched = stretchedOnce(stretched, Math.pow(speedRatio, 1.0 / steps));
        return stretched;
    }

    private static AudioClip stretchedOnce(AudioClip speech, double speedRatio) {
        TimeStretch stretch = new TimeStretch(speedRatio);
        ByteBuf in = Unpooled.wrappedBuffer(speech.toByteArray());
        ByteBuf out = Unpooled.buffer();
        stretch.feed(in, out);
        stretch.flush(out);
        return AudioClip.copyOf(speech.format().sampleRateHz(), out);
    }
}
