package dev.antiphon.turn;

import dev.antiphon.audio.AudioFormat;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Measures sound in frames of 10 ms: how strong it is without what microphones add below speech, and whether it could be
 * a voice.
 *
 * <p>Threading: confined to its caller.
 */
final class FrameMeter {
    static final int FRAME_SAMPLES = (int) AudioFormat.PCM16_24KHZ.samplesInMillis(10);

    private static final int SAMPLE_BYTES = (int) AudioFormat.PCM16_24KHZ.bytesOf(1);
    private static final VarHandle SAMPLE =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    /*
     * Two first-order high passes with their corner at 115 Hz: no offset, 50 Hz hum 16 dB down, voices keep their
     * harmonics.
     *
     *   y[n] = d[n] + a·y[n-1]      d[n] = x[n] - x[n-1]
     *
     * Each sample waits for the one before, 8 cycles of a processor that could do 30 sums meanwhile. So four are computed
     * from the fourth before them, with the same sum written out (look-ahead, K. K. Parhi and D. G. Messerschmitt,
     * "Pipeline interleaving and parallelism in recursive digital filters", IEEE Trans. ASSP 37(7), 1989):
     *
     *   y[n+3] = (d[n+3] + a·(d[n+2] + a·(d[n+1] + a·d[n]))) + a⁴·y[n-1]
     */
    private static final int BLOCK_SAMPLES = 4;
    private static final double A1 = 0.97;
    private static final double A2 = A1 * A1;
    private static final double A3 = A2 * A1;
    private static final double A4 = A2 * A2;
    // Keeps the filter's long tail out of denormal numbers, which are slow; far below one step of a sample.
    private static final double NEVER_DENORMAL = 1e-9;
    // Correlation of neighbouring samples: vowels 0.9 and more, a whisper about 0.5, hiss about 0 ± 0.07.
    private static final double LEAST_VOICE_CORRELATION = 0.3;

    private byte @Nullable [] waiting; // samples of a frame that did not come in one piece; null: none ever
    private int samples; // of them

    private double lastInput;
    private double lastMiddle;
    private double lastOutput;

    private double meanSquare;
    private boolean voiceLike;

    /**
     * Takes the next samples, none beyond the end of the frame that is filling. However they are cut, the measures are the
     * same to the last bit.
     *
     * @param pcm PCM16 little-endian; lent
     * @param from byte within it
     * @param filtered filled, when a frame is whole, with its samples without what microphones add below speech; null:
     *     nobody asks
     * @return true when they made a frame whole; the two measures are then those of this frame
     */
    boolean add(byte[] pcm, int from, int count, double @Nullable [] filtered) {
        if (count == FRAME_SAMPLES) {
            measure(pcm, from, filtered);
            return true;
        }
        if (waiting == null) waiting = new byte[FRAME_SAMPLES * SAMPLE_BYTES];
        System.arraycopy(pcm, from, waiting, samples * SAMPLE_BYTES, count * SAMPLE_BYTES);
        samples += count;
        if (samples < FRAME_SAMPLES) return false;
        samples = 0;
        measure(waiting, 0, filtered);
        return true;
    }

    private void measure(byte[] pcm, int from, double @Nullable [] filtered) {
        double energy = 0;
        double neighbours = 0;
        double x0 = lastInput;
        double m0 = lastMiddle;
        double y0 = lastOutput;
        for (int i = 0; i < FRAME_SAMPLES; i += BLOCK_SAMPLES) {
            int at = from + i * SAMPLE_BYTES;
            double x1 = (short) SAMPLE.get(pcm, at);
            double x2 = (short) SAMPLE.get(pcm, at + SAMPLE_BYTES);
            double x3 = (short) SAMPLE.get(pcm, at + 2 * SAMPLE_BYTES);
            double x4 = (short) SAMPLE.get(pcm, at + 3 * SAMPLE_BYTES);
            double d1 = x1 - x0 + NEVER_DENORMAL;
            double d2 = x2 - x1 + A1 * d1;
            double d3 = x3 - x2 + A1 * d2;
            double d4 = x4 - x3 + A1 * d3;
            double m1 = d1 + A1 * m0;
            double m2 = d2 + A2 * m0;
            double m3 = d3 + A3 * m0;
            double m4 = d4 + A4 * m0;
            double e1 = m1 - m0 + NEVER_DENORMAL;
            double e2 = m2 - m1 + A1 * e1;
            double e3 = m3 - m2 + A1 * e2;
            double e4 = m4 - m3 + A1 * e3;
            double y1 = e1 + A1 * y0;
            double y2 = e2 + A2 * y0;
            double y3 = e3 + A3 * y0;
            double y4 = e4 + A4 * y0;
            energy += (y1 * y1 + y2 * y2) + (y3 * y3 + y4 * y4);
            neighbours += (y1 * y0 + y2 * y1) + (y3 * y2 + y4 * y3);
            if (filtered != null) {
                filtered[i] = y1;
                filtered[i + 1] = y2;
                filtered[i + 2] = y3;
                filtered[i + 3] = y4;
            }
            x0 = x4;
            m0 = m4;
            y0 = y4;
        }
        lastInput = x0;
        lastMiddle = m0;
        lastOutput = y0;
        meanSquare = energy / FRAME_SAMPLES;
        voiceLike = neighbours >= LEAST_VOICE_CORRELATION * energy;
    }

    /** How many samples make the frame whole that is filling. */
    int missingSamples() {
        return FRAME_SAMPLES - samples;
    }

    /** Of the frame that is filling: what was added since a frame was last whole. */
    int partSamples() {
        return samples;
    }

    /** On the scale of PCM16 samples, squared. */
    double meanSquare() {
        return meanSquare;
    }

    /** False for hiss, and for consonants that are hiss. */
    boolean isVoiceLike() {
        return voiceLike;
    }
}
