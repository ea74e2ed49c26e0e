package dev.antiphon.turn;

import dev.antiphon.audio.AudioFormat;

/**
 * Measures sound in frames of 10 ms: how strong it is without what microphones add below speech, and whether it could be
 * a voice.
 *
 * <p>Threading: confined to its caller.
 */
final class FrameMeter {
    static final int FRAME_SAMPLES = (int) AudioFormat.PCM16_24KHZ.samplesInMillis(10);

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

    /** @return true when {@code sample} made a frame whole; the two measures are then those of this frame */
    boolean add(short sample) {
        double middle = sample - lastInput + HIGH_PASS * lastMiddle + NEVER_DENORMAL;
        double output = middle - lastMiddle + HIGH_PASS * lastOutput + NEVER_DENORMAL;
        energy += output * output;
        neighbours += output * lastOutput;
        lastInput = sample;
        lastMiddle = middle;
        lastOutput = output;
        if (++samples < FRAME_SAMPLES) return false;
        meanSquare = energy / FRAME_SAMPLES;
        voiceLike = neighbours >= LEAST_VOICE_CORRELATION * energy;
        samples = 0;
        energy = 0;
        neighbours = 0;
        return true;
    }

    /** Of the frame that is filling: what was added since a frame was last whole. */
    int partSamples() {
        return samples;
    }

    /** The last sample without what microphones add below speech. */
    double filtered() {
        return lastOutput;
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
