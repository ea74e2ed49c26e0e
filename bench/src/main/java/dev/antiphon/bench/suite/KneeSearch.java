package dev.antiphon.bench.suite;

/**
 * Looks for the greatest number of sessions that holds: twice as many until one does not, then halfway between, until
 * what is known to hold is close to what is known to break.
 *
 * <p>Threading: confined to its caller.
 */
final class KneeSearch {
    /** Close enough: the knee moves more than that from run to run. */
    private static final double CLOSE_RATIO = 1.1;

    private static final int MOST_DOUBLINGS = 12;

    private final int first;
    private int holds;
    private int breaks = Integer.MAX_VALUE;

    KneeSearch(int first) {
        if (first <= 0) throw new IllegalArgumentException("sessions: " + first + " (expected: > 0)");
        this.first = first;
    }

    boolean isDone() {
        if (breaks == Integer.MAX_VALUE) return holds >= (long) first << MOST_DOUBLINGS;
        return breaks <= 1 || breaks <= Math.max(holds + 1, holds * CLOSE_RATIO);
    }

    /** Only while not {@link #isDone}. */
    int next() {
        if (breaks == Integer.MAX_VALUE) return holds == 0 ? first : holds * 2;
        return (holds + breaks) / 2;
    }

    void onMeasured(int sessions, boolean held) {
        if (held) holds = Math.max(holds, sessions);
        else breaks = Math.min(breaks, sessions);
    }

    /** About how many measurements are still to come. */
    int left() {
        if (isDone()) return 0;
        int left = 0;
        KneeSearch ahead = new KneeSearch(first);
        ahead.holds = holds;
        ahead.breaks = breaks == Integer.MAX_VALUE ? Math.max(first, holds * 4) : breaks;
        while (!ahead.isDone()) {
            ahead.onMeasured(ahead.next(), true);
            left++;
        }
        return left;
    }
}
