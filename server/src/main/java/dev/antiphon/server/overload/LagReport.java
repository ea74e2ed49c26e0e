package dev.antiphon.server.overload;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * How late the event loops were against their own schedules, while clients lived on them.
 *
 * <p>Threading: immutable.
 *
 * @param watchedNanos of all loops together; 0: no client has come yet
 * @param nowNanos the lag by which clients are turned away, of the loop that has most of it
 */
public record LagReport(long watchedNanos, long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos, long nowNanos) {
    static LagReport of(Histogram lateness, long nowNanos) {
        return new LagReport(
                lateness.getTotalCount() * LoopLag.PERIOD_NANOS,
                lateness.getValueAtPercentile(50),
                lateness.getValueAtPercentile(99),
                lateness.getValueAtPercentile(99.9),
                lateness.getMaxValue(),
                nowNanos);
    }

    /** In one line, in milliseconds. */
    public String description() {
        return String.format(
                Locale.ROOT,
                "loop lag over %d s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms",
                TimeUnit.NANOSECONDS.toSeconds(watchedNanos),
                p50Nanos / 1e6,
                p99Nanos / 1e6,
                p999Nanos / 1e6,
                maxNanos / 1e6);
    }
}
