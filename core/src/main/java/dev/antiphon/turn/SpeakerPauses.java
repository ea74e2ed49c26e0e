package dev.antiphon.turn;

/**
 * How long the pauses are that this speaker makes and then speaks on.
 *
 * <p>Threading: confined to its caller.
 */
final class SpeakerPauses {
    /*
     * The running mean and deviation of the logarithm, for pauses are spread that way: many short, few long. Before
     * anything is known a speaker is assumed who pauses for 300 ms, give or take a half; that counts as four pauses, and
     * what lies more than some ten pauses back is forgotten.
     */
    private static final double ASSUMED_MILLIS = 300;
    private static final double ASSUMED_DEVIATION = 0.4;
    private static final int ASSUMED_PAUSES = 4;
    private static final int MOST_PAUSES = 10;
    private static final double LEAST_DEVIATION = 0.15;
    private static final double CLEARLY_LONGER_DEVIATIONS = 1.5;

    private double mean = Math.log(ASSUMED_MILLIS);
    private double variance = ASSUMED_DEVIATION * ASSUMED_DEVIATION;
    private int pauses = ASSUMED_PAUSES;

    void learn(int pauseMillis) {
        pauses = Math.min(MOST_PAUSES, pauses + 1);
        double off = Math.log(pauseMillis) - mean;
        mean += off / pauses;
        variance += (off * off * (pauses - 1) / pauses - variance) / pauses;
    }

    /** A pause of this length is clearly longer than this speaker's usual ones. */
    double clearlyLongerMillis() {
        double deviation = Math.max(LEAST_DEVIATION, Math.sqrt(variance));
        return Math.exp(mean + CLEARLY_LONGER_DEVIATIONS * deviation);
    }
}
