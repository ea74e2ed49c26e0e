package dev.antiphon.server.overload;

import java.util.concurrent.TimeUnit;

/**
 * How late an event loop is of late: the mean lateness of the moments of a fixed schedule, each counting half as much as
 * one that is a half-life younger.
 *
 * <p>The schedule does not wait for the loop. Of a loop that stands still each moment that passes is late by its own
 * amount, so a standstill weighs by all the work that would have waited, not as one late task. Beyond a ceiling a moment
 * counts no more: however long a single standstill is, it takes a good part of a half-life to make a difference.
 *
 * <p>Threading: confined to the event loop.
 */
final class LoopLag {
    static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    static final long HALF_LIFE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final double KEPT_EACH_PERIOD = Math.pow(0.5, (double) PERIOD_NANOS / HALF_LIFE_NANOS);
    /** Older moments of a standstill weigh less than a millionth. */
    private static final long MOST_MOMENTS = 20 * HALF_LIFE_NANOS / PERIOD_NANOS;

    private final long ceilingNanos;
    private long dueNanos; // the next moment
    private double meanNanos;

    /** @param ceilingNanos what a moment counts at most */
    LoopLag(long ceilingNanos) {
        this.ceilingNanos = ceilingNanos;
    }

    /** The schedule begins, or goes on after a time without work, which counts as on time. */
    void resume(long nowNanos) {
        long idlePeriods = Math.max(0, (nowNanos - dueNanos) / PERIOD_NANOS);
        meanNanos *= Math.pow(KEPT_EACH_PERIOD, (double) idlePeriods);
        dueNanos = nowNanos + PERIOD_NANOS;
    }

    /** The next moment of the schedule. */
    long dueNanos() {
        return dueNanos;
    }

    /**
     * The loop has come round to what was due.
     *
     * @return how late the oldest moment was, those behind it a period less each; negative: nothing was due
     */
    long onRun(long nowNanos) {
        if (nowNanos - dueNanos < 0) return nowNanos - dueNanos;
        long latenessNanos = nowNanos - dueNanos;
        meanNanos = meanAt(nowNanos);
        dueNanos += momentsDue(nowNanos) * PERIOD_NANOS;
        return latenessNanos;
    }

    /** As it would be if the loop came round to what is due now. */
    long lagNanos(long nowNanos) {
        return (long) meanAt(nowNanos);
    }

    private double meanAt(long nowNanos) {
        long moments = momentsDue(nowNanos);
        double mean = meanNanos;
        long youngestNanos = (nowNanos - dueNanos) % PERIOD_NANOS;
        for (long age = Math.min(moments, MOST_MOMENTS) - 1; age >= 0; age--) {
            long latenessNanos = Math.min(youngestNanos + age * PERIOD_NANOS, ceilingNanos);
            mean = latenessNanos + (mean - latenessNanos) * KEPT_EACH_PERIOD;
        }
        return mean;
    }

    private long momentsDue(long nowNanos) {
        return nowNanos - dueNanos < 0 ? 0 : 1 + (nowNanos - dueNanos) / PERIOD_NANOS;
    }
}
