package dev.antiphon.audio;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The low-pass filter between two sample rates, cut into its phases: one row of taps for each place an output sample can
 * have between two input samples.
 *
 * <p>Threading: immutable; one for each pair of rates, shared.
 */
final class ResamplingFilter {
    /*
     * A sinc, windowed by Kaiser [1]. All of its stop band lies at or above the Nyquist frequency of the lower rate, so
     * nothing folds back into speech; the pass band ends where the transition, which the number of taps gives, begins:
     * at 82 % of Nyquist (9.8 kHz between 48 and 24 kHz; at 8 kHz -6 dB fall on 3.65 kHz).
     *
     * Output sample n lies at input position n · from / to, a fraction with the denominator "up". Its numerator is the
     * phase, its whole part the input sample the taps are centred on: the filter has no delay, it only looks ahead.
     *
     * [1] J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", ISCAS 1974.
     */
    private static final double STOP_BAND_DB = 90;
    private static final double KAISER_BETA = 0.1102 * (STOP_BAND_DB - 8.7);
    /** Zero crossings of the sinc on each side of its middle. */
    private static final int CROSSINGS = 32;

    private static final double TRANSITION_OF_NYQUIST = (STOP_BAND_DB - 8) / (2.285 * 2 * CROSSINGS * Math.PI);
    private static final double CUTOFF_OF_NYQUIST = 1 - TRANSITION_OF_NYQUIST / 2;

    // Bounded: the rates are a closed set.
    private static final ConcurrentMap<Long, ResamplingFilter> KEPT = new ConcurrentHashMap<>();

    /** Output samples for every {@link #down} input samples. */
    final int up;

    final int down;
    /** Taps of one phase. */
    final int taps;
    /** Taps behind the input sample the phase is centred on; the others are it and those ahead. */
    final int tapsBehind;

    private final float[] rows;

    private ResamplingFilter(int up, int down) {
        this.up = up;
        this.down = down;
        if (up == down) {
            taps = 1;
            tapsBehind = 0;
            rows = new float[] {1};
            return;
        }
        double stretch = Math.max(1, (double) down / up);
        int half = (int) Math.ceil(CROSSINGS * stretch);
        taps = 2 * half;
        tapsBehind = half - 1;
        rows = new float[up * taps];
        for (int phase = 0; phase < up; phase++) design(phase, stretch, half);
    }

    static ResamplingFilter between(int fromHz, int toHz) {
        int common = greatestCommonDivisor(fromHz, toHz);
        int up = toHz / common;
        int down = fromHz / common;
        return KEPT.computeIfAbsent((long) up << Integer.SIZE | down, pair -> new ResamplingFilter(up, down));
    }

    /** One output sample from the {@link #taps} input samples at {@code from}. */
    float apply(int phase, float[] input, int from) {
        // Four sums, for a chain of additions waits for itself; always in the same order, for the result must be the
        // same.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int row = phase * taps;
        int i = 0;
        for (; i + 3 < taps; i += 4) {
            a += rows[row + i] * input[from + i];
            b += rows[row + i + 1] * input[from + i + 1];
            c += rows[row + i + 2] * input[from + i + 2];
            d += rows[row + i + 3] * input[from + i + 3];
        }
        for (; i < taps; i++) a += rows[row + i] * input[from + i];
        return (a + b) + (c + d);
    }

    private void design(int phase, double stretch, int half) {
        double[] row = new double[taps];
        double sum = 0;
        for (int i = 0; i < taps; i++) {
            double distance = i - tapsBehind - (double) phase / up;
            double x = distance * CUTOFF_OF_NYQUIST / stretch;
            double sinc = x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
            double edge = distance / half;
            row[i] = sinc * bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - edge * edge)));
            sum += row[i];
        }
        // Each phase alone passes a constant unchanged, or silence with an offset would become a tone.
        for (int i = 0; i < taps; i++) rows[phase * taps + i] = (float) (row[i] / sum);
    }

    /** I0, the modified Bessel function of order zero; its constant factor falls away in the sum. */
    private static double bessel(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; term > sum * 1e-17; k++) {
            double factor = x / (2 * k);
            term *= factor * factor;
            sum += term;
        }
        return sum;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
