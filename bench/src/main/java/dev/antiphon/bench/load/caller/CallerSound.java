package dev.antiphon.bench.load.caller;

import dev.antiphon.audio.Loudness;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What callers say: two seconds of a voice that a turn detector takes for one, and one second of a quiet room, each to be
 * repeated without end. In frames of 20 ms, the voice first.
 *
 * <p>Threading: immutable.
 */
public final class CallerSound {
    /** PCM16 at 24 kHz. */
    public static final int FRAME_BYTES = 960;

    public static final int VOICE_FRAMES = 100;
    public static final int ROOM_FRAMES = 50;
    public static final int FRAMES = VOICE_FRAMES + ROOM_FRAMES;

    private static final int RATE_HZ = 24_000;
    private static final int FRAME_SAMPLES = FRAME_BYTES / 2;
    private static final int HARMONICS = 10;
    private static final double SYLLABLES_HZ = 3.5; // seven whole ones in two seconds, so that the loop has no seam
    private static final double VOICE_DBFS = -20;
    private static final double ROOM_DBFS = -66;

    private static final byte[] PCM = make();

    private CallerSound() {}

    /** @return a copy */
    public static byte[] frame(int frame) {
        return Arrays.copyOfRange(PCM, frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES);
    }

    private static byte[] make() {
        SplittableRandom room = new SplittableRandom(24_000);
        double roomDeviation = Math.sqrt(Loudness.meanSquareOf(ROOM_DBFS));
        double voiceAmplitude = Math.sqrt(Loudness.meanSquareOf(VOICE_DBFS));
        byte[] pcm = new byte[FRAMES * FRAME_BYTES];
        double phase = 0;
        for (int i = 0; i < FRAMES * FRAME_SAMPLES; i++) {
            double value = roomDeviation * room.nextGaussian();
            if (i < VOICE_FRAMES * FRAME_SAMPLES) {
                double seconds = (double) i / RATE_HZ;
                phase += 2 * Math.PI * (140 + 20 * Math.sin(Math.PI * seconds)) / RATE_HZ;
                value += voiceAmplitude * envelope(seconds) * vowel(phase);
            }
            int sample = (int) Math.rint(value);
            pcm[2 * i] = (byte) sample;
            pcm[2 * i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }

    private static double envelope(double seconds) {
        return 0.55 - 0.45 * Math.cos(2 * Math.PI * SYLLABLES_HZ * seconds);
    }

    private static double vowel(double phase) {
        double value = 0;
        for (int harmonic = 1; harmonic <= HARMONICS; harmonic++) value += Math.sin(harmonic * phase) / harmonic;
        return value;
    }
}
