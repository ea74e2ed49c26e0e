package dev.antiphon.bench.load.record;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Whether the harness kept its own schedule, so that what it saw is the other side's doing.
 *
 * <p>Threading: immutable.
 */
public record HarnessVerdict(boolean isOk, String text) {
    static final long MAX_P99_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    static final double MAX_LATE_RATIO = 0.001;

    /**
     * @param lag of the callers, in nanoseconds
     * @param upstreamLag of the model, in nanoseconds
     */
    public static HarnessVerdict of(Histogram lag, Histogram upstreamLag, long framesSent, long framesLate) {
        long p99 = p99(lag);
        long upstreamP99 = p99(upstreamLag);
        double lateRatio = framesLate == 0 ? 0 : (double) framesLate / Math.max(framesSent, framesLate);
        String figures = String.format(
                Locale.ROOT,
                "p99 lag %.2f ms of the callers, %.2f ms of the model; %.3f %% of frames late",
                p99 / 1e6,
                upstreamP99 / 1e6,
                lateRatio * 100);
        boolean isOk = p99 <= MAX_P99_LAG_NANOS && upstreamP99 <= MAX_P99_LAG_NANOS && lateRatio <= MAX_LATE_RATIO;
        return new HarnessVerdict(
                isOk, (isOk ? "the harness kept its schedule: " : "the harness was too slow: ") + figures);
    }

    private static long p99(Histogram histogram) {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(99);
    }
}
