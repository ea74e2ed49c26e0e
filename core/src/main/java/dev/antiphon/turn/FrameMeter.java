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

    private static final VarHandle SAMPLE =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    // Two first-order high passes with their corner at 115 Hz: no offset, 50 Hz hum 16 dB down, voices keep their
    // harmonics.
    private static final double HIGH_PASS = 0.97;
    // Keeps the filter's long tail out of denormal numbers, which are slow; far below one step of a sample.
    private static final double NEVER_DENORMAL = 1e-9;
    // Correlation of neighbouring samples: vowels 0.9 and more, a whisper about 0.5, hiss about 0 ± 0.07.
    private static final double LEAST_VOICE_CORRELATION = 0.3;

    private int samples;
    private double energy;
    private double neighbours;

    private double lastInput;
    private double lastMiddle;
    private double lastOutput;

    private double meanSquare;
    private boolean voiceLike;

    /**
     * Takes the next samples, none beyond the end of the frame that is filling.
     *
     * @param pcm PCM16 little-endian; lent
     * @param from byte within it
     * @param filtered filled with the samples without what microphones add below speech; null: nobody asks
     * @return true when they made a frame whole; the two measures are then those of this frame
     */
    boolean add(byte[] pcm, int from, int count, double @Nullable [] filtered) {
        // In locals: a field would be stored for each sample, and each sample waits for the one before.
        double energy = this.energy;
        double neighbours = this.neighbours;
        double input = lastInput;
        double middle = lastMiddle;
        double output = lastOutput;
        for (int i = 0; i < count; i++) {
            double before = middle;
            short sample = (short) SAMPLE.get(pcm, from + 2 * i);
            middle = sample - input + HIGH_PASS * middle + NEVER_DENORMAL;
            double next = middle - before + HIGH_PASS * output + NEVER_DENORMAL;
            energy += next * next;
            neighbours += next * output;
            input = sample;
            output = next;
            if (filtered != null) filtered[i] = next;
        }
        lastInput = input;
        lastMiddle = middle;
        lastOutput = output;
        this.energy = energy;
        this.neighbours = neighbours;
        samples += count;
        if (samples < FRAME_SAMPLES) return false;
        endFrame();
        return true;
    }

    private void endFrame() {
        meanSquare = energy / FRAME_SAMPLES;
        voiceLike = neighbours >= LEAST_VOICE_CORRELATION * energy;
        samples = 0;
        energy = 0;
        neighbours = 0;
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
