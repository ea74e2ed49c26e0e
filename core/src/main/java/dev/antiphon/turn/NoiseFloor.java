package dev.antiphon.turn;

import dev.antiphon.audio.Loudness;
import java.util.Arrays;

/**
 * The level of what goes on behind a voice, learnt from all frames alike, speech or not.
 *
 * <p>Threading: confined to its caller.
 */
final class NoiseFloor {
    /*
     * Minimum statistics [1]. Speech falls back to the noise between words and within them; so the least smoothed level
     * of the last three seconds is the noise, whoever spoke meanwhile. Kept as the minima of ten blocks of 300 ms and of
     * the block that is filling.
     *
     *   - It falls at once: one softer moment is proof.
     *   - It rises when the last softer block is forgotten: noise that sets in is known after at most 3.3 s, and so is a
     *     note that somebody holds longer.
     *   - It depends on no decision, so a wrong one cannot keep itself alive, and no setting changes what is learnt.
     *
     * The least of many values lies below their mean; BIAS_DB puts that back. Before anything was heard a quiet room is
     * assumed for 1.5 s, so that a person may speak from the very first sample.
     *
     * [1] R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics", IEEE
     *     Trans. Speech Audio Process. 9(5), 2001.
     */
    private static final int BLOCKS = 10;
    private static final int BLOCK_FRAMES = 30;
    private static final int ASSUMED_BLOCKS = 5;
    private static final double ASSUMED_DBFS = -50;
    private static final double BIAS_DB = 2;
    // About two frames: enough for one that was lost on the way here to prove nothing, and little enough for the short
    // gaps within running speech to show.
    private static final double SMOOTHING = 0.4;

    private final double[] blockMinima = new double[BLOCKS];
    private int block;
    private int blockFrames;
    private double minimum = Double.POSITIVE_INFINITY; // of the block that is filling
    private double smoothed = Double.NaN; // not a number: nothing heard yet

    NoiseFloor() {
        Arrays.fill(blockMinima, Double.POSITIVE_INFINITY);
        Arrays.fill(blockMinima, 0, ASSUMED_BLOCKS, Loudness.meanSquareOf(ASSUMED_DBFS));
    }

    void learn(double meanSquare) {
        smoothed = Double.isNaN(smoothed) ? meanSquare : smoothed + SMOOTHING * (meanSquare - smoothed);
        minimum = Math.min(minimum, smoothed);
        if (++blockFrames < BLOCK_FRAMES) return;
        blockMinima[block] = minimum;
        block = (block + 1) % BLOCKS;
        blockFrames = 0;
        minimum = Double.POSITIVE_INFINITY;
    }

    double dbfs() {
        double least = minimum;
        for (double blockMinimum : blockMinima) least = Math.min(least, blockMinimum);
        return Loudness.powerDbfs(least) + BIAS_DB;
    }
}
