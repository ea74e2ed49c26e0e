package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.report.Run;
import java.io.PrintWriter;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * A line for each point, and about how long the rest will take.
 *
 * <p>Threading: confined to its caller.
 */
final class Progress {
    private final PrintWriter out;
    private int done;
    private long spentNanos;

    Progress(PrintWriter out) {
        this.out = out;
    }

    /** @param left how many points are still to come */
    void onMeasured(Point point, Run run, long tookNanos, int left) {
        done++;
        spentNanos += tookNanos;
        out.printf(
                Locale.ROOT,
                "[%d/%d] round %d  %-14s %6d sessions  %s%s%n",
                done,
                done + left,
                point.round(),
                point.contender().label(),
                point.sessions(),
                outcome(run),
                left == 0 ? "" : "  about " + minutes(spentNanos / done * left) + " left");
        if (!run.failure().isEmpty()) run.failure().lines().skip(1).forEach(line -> out.println("        " + line));
        out.flush();
    }

    private static String outcome(Run run) {
        if (!run.failure().isEmpty()) {
            return "FAILED: " + run.failure().lines().findFirst().orElse("");
        }
        if (!run.isMeasured()) return "FAILED: nothing was heard";
        Histogram latency = run.downlink();
        double cpuPercent = run.number("cpu.gateway.seconds") * 100 / run.number("seconds");
        return String.format(
                Locale.ROOT,
                "p50 %,.0f µs  p99 %,.0f µs  late %.0f%s%s",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                run.number("pieces.late"),
                Double.isNaN(cpuPercent) ? "" : String.format(Locale.ROOT, "  cpu %.0f %%", cpuPercent),
                run.isHarnessOk() ? "" : "  (the harness was too slow)");
    }

    private static String minutes(long nanos) {
        long seconds = nanos / 1_000_000_000L;
        return seconds < 90 ? seconds + " s" : Math.round(seconds / 60.0) + " min";
    }
}
