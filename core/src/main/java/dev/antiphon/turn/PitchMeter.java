package dev.antiphon.turn;

import dev.antiphon.audio.AudioFormat;

/**
 * Remembers the last second of sound, coarsely, and measures how high a voice was at a moment in it.
 *
 * <p>Threading: confined to its caller.
 */
final class PitchMeter {
    /*
     * Normalised cross-correlation [1] of 30 ms with what lay one period before it, at 4 kHz: each sample is the mean of
     * twelve, of which six are new. Periods from 2.5 ms (400 Hz) to 15.25 ms (66 Hz) are tried. The shortest period that
     * is nearly as good as the best is the one meant: whatever repeats after one period also repeats after two. A
     * parabola through its neighbours puts it between samples.
     *
     * One measurement is 52 · 120 multiplications, so it is made only where somebody asks.
     *
     * [1] D. Talkin, "A robust algorithm for pitch tracking (RAPT)", in: Speech Coding and Synthesis, 1995.
     */
    private static final int DECIMATION = 6;
    private static final int FRAME_POINTS = FrameMeter.FRAME_SAMPLES / DECIMATION;
    private static final double POINTS_HZ = (double) AudioFormat.PCM16_24KHZ.sampleRateHz() / DECIMATION;
    private static final int RING = 4_096; // a power of two
    private static final float[] NOTHING = {};
    private static final int WINDOW_POINTS = 120;
    private static final int LEAST_LAG = 10;
    private static final int MOST_LAG = 61;
    // Voiced speech at 5 dB above the noise still reaches 0.7; noise below 1 kHz hardly ever half.
    private static final double LEAST_CORRELATION = 0.5;
    private static final double AS_GOOD_AS_BEST = 0.85;
    private static final double SEMITONES_PER_E_FOLD = 12 / Math.log(2);

    private float[] points = NOTHING; // a ring from the first sample on
    private final double[] correlations = new double[MOST_LAG + 2]; // by lag; one more than is tried on either side
    private long heardPoints;
    private int partSamples;
    private double part;
    private double lastPart;

    void add(double[] samples, int count) {
        if (points == NOTHING) points = new float[RING];
        for (int i = 0; i < count; i++) {
            part += samples[i];
            if (++partSamples < DECIMATION) continue;
            points[(int) (heardPoints++ & (RING - 1))] = (float) (part + lastPart);
            lastPart = part;
            part = 0;
            partSamples = 0;
        }
    }

    /**
     * @param framesAgo how many frames of 10 ms after the moment have been heard
     * @return semitones above 1 Hz; not a number where there was no voice, or nothing is remembered
     */
    double semitones(int framesAgo) {
        long end = heardPoints - (long) framesAgo * FRAME_POINTS;
        long first = end - WINDOW_POINTS - MOST_LAG - 1;
        if (first < 0 || first < heardPoints - RING) return Double.NaN;
        double best = correlate(end);
        if (best < LEAST_CORRELATION) return Double.NaN;
        for (int lag = LEAST_LAG; lag <= MOST_LAG; lag++) {
            double here = correlations[lag];
            double before = correlations[lag - 1];
            double after = correlations[lag + 1];
            if (here < AS_GOOD_AS_BEST * best || here < before || here < after) continue;
            double bend = before - 2 * here + after;
            double between = bend == 0 ? 0 : (before - after) / (2 * bend);
            return SEMITONES_PER_E_FOLD * Math.log(POINTS_HZ / (lag + between));
        }
        return Double.NaN; // The best lies at the edge: no voice is that high or low.
    }

    /** @return the best of the lags that are voices */
    private double correlate(long end) {
        long from = end - WINDOW_POINTS;
        double energy = energy(from, end);
        double best = 0;
        double laggedEnergy = energy(from - LEAST_LAG + 1, end - LEAST_LAG + 1);
        for (int lag = LEAST_LAG - 1; lag <= MOST_LAG + 1; lag++) {
            double sum = 0;
            for (long i = from; i < end; i++) sum += (double) point(i) * point(i - lag);
            double scale = Math.sqrt(energy * laggedEnergy);
            correlations[lag] = scale > 0 ? sum / scale : 0;
            if (lag >= LEAST_LAG && lag <= MOST_LAG) best = Math.max(best, correlations[lag]);
            double entering = point(from - lag - 1);
            double leaving = point(end - lag - 1);
            laggedEnergy = Math.max(0, laggedEnergy + entering * entering - leaving * leaving);
        }
        return best;
    }

    private double energy(long from, long end) {
        double energy = 0;
        for (long i = from; i < end; i++) energy += (double) point(i) * point(i);
        return energy;
    }

    private float point(long index) {
        return points[(int) (index & (RING - 1))];
    }
}
