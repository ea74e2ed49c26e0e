package dev.antiphon.bench.load.record;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Writes down a run while it goes on: a line of progress and an interval of every histogram each second, and at the end
 * the figures of the whole.
 *
 * <p>Threading: confined to its caller.
 */
public final class RunJournal implements AutoCloseable {
    private final Path folder;
    private final LoadRecorder recorder;
    private final List<WatchedProcess> processes = new ArrayList<>();
    private final PrintWriter progress;
    private final Instant started = Clock.systemUTC().instant();
    private final HistogramLogs logs;
    private final Map<Count, Long> lastCounts = new TreeMap<>();
    private long sessionNanos;
    private long lastMillis;
    private long measuredFromUnixMillis;
    private long measuredToUnixMillis;

    /** @param progress told a line each second */
    public RunJournal(Path folder, LoadRecorder recorder, List<ProcessWatch> watches, PrintWriter progress)
            throws IOException {
        this.folder = folder;
        this.recorder = recorder;
        this.progress = progress;
        for (ProcessWatch watch : watches) processes.add(new WatchedProcess(watch));
        logs = new HistogramLogs(folder, started.toEpochMilli());
        lastMillis = started.toEpochMilli();
    }

    /** No session yet. */
    public void onIdle() throws IOException {
        for (WatchedProcess process : processes) process.onIdle();
    }

    /** All sessions are connected, none has begun. */
    public void onConnected() throws IOException {
        for (WatchedProcess process : processes) process.onConnected();
    }

    public void onMeasuringBegins() throws IOException {
        measuredFromUnixMillis = Clock.systemUTC().millis();
        for (WatchedProcess process : processes) process.onMeasuringBegins();
    }

    public void onMeasuringEnds() throws IOException {
        measuredToUnixMillis = Clock.systemUTC().millis();
        for (WatchedProcess process : processes) process.onMeasuringEnds();
    }

    /** @param sessions that lasted through the second, which was measured */
    public void onMeasuredSecond(int sessions) {
        sessionNanos += TimeUnit.SECONDS.toNanos(sessions);
    }

    /** @param phase of the run */
    public void onSecond(String phase, long elapsedSeconds, int sessionsUp) {
        Map<Measure, Histogram> intervals = rotate();
        Histogram downlink = recorder.total(Measure.DOWNLINK);
        progress.println(String.format(
                Locale.ROOT,
                "%4d s %-8s %5d up %,8d frames/s %,7d pieces/s  downlink p50 %s p99 %s  late %d  dropped %d  lag p99 %s",
                elapsedSeconds,
                phase,
                sessionsUp,
                since(Count.FRAMES_SENT),
                since(Count.PIECES_RECEIVED),
                millis(downlink, 50),
                millis(downlink, 99),
                recorder.count(Count.PIECES_LATE),
                recorder.count(Count.PIECES_DROPPED),
                millis(intervals.getOrDefault(Measure.LAG, downlink), 99)));
        progress.flush();
    }

    private Map<Measure, Histogram> rotate() {
        long nowMillis = Clock.systemUTC().millis();
        Map<Measure, Histogram> intervals = new LinkedHashMap<>();
        for (Measure measure : Measure.values()) {
            Histogram interval = recorder.interval(measure);
            logs.write(measure, interval, lastMillis, nowMillis);
            intervals.put(measure, interval);
        }
        lastMillis = nowMillis;
        return intervals;
    }

    private long since(Count count) {
        long now = recorder.count(count);
        Long before = lastCounts.put(count, now);
        return now - (before == null ? 0 : before);
    }

    static String millis(Histogram histogram, double percentile) {
        if (histogram.getTotalCount() == 0) return "-";
        return String.format(Locale.ROOT, "%.3f ms", histogram.getValueAtPercentile(percentile) / 1e6);
    }

    /**
     * The run is over.
     *
     * @param setting what was asked for, first in the file, in its order
     */
    public HarnessVerdict finish(Map<String, Object> setting, int sessionsFailed) throws IOException {
        rotate();
        HarnessVerdict verdict = HarnessVerdict.of(
                recorder.total(Measure.LAG),
                recorder.total(Measure.UPSTREAM_LAG),
                recorder.count(Count.FRAMES_SENT),
                recorder.count(Count.FRAMES_LATE));
        Map<String, Object> properties = new LinkedHashMap<>(setting);
        properties.put("late.bound.millis", TimeUnit.NANOSECONDS.toMillis(recorder.lateBoundNanos()));
        for (Count count : Count.values()) properties.put(count.key(), recorder.count(count));
        properties.put("underrun.millis", recorder.count(Count.UNDERRUN_NANOS) / 1e6);
        properties.put("underrun.upstream.millis", recorder.count(Count.UNDERRUN_UPSTREAM_NANOS) / 1e6);
        properties.put("sessions.failed", sessionsFailed);
        properties.put("session.seconds", sessionNanos / 1e9);
        for (WatchedProcess process : processes) process.writeTo(properties);
        properties.put("lag.p99.nanos", percentile(Measure.LAG, 99));
        properties.put("harness.ok", verdict.isOk());
        properties.put("harness.verdict", verdict.text());
        properties.put("machine", Machine.describe());
        properties.put("jdk", Machine.jdk());
        properties.put("started", started);
        properties.put("measured.from.unix.millis", measuredFromUnixMillis);
        properties.put("measured.to.unix.millis", measuredToUnixMillis);
        write(properties);
        return verdict;
    }

    private long percentile(Measure measure, double percentile) {
        Histogram histogram = recorder.total(measure);
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile);
    }

    private void write(Map<String, Object> properties) throws IOException {
        List<String> lines = new ArrayList<>();
        properties.forEach((key, value) -> lines.add(key + '=' + value));
        Files.write(folder.resolve("run.properties"), lines, StandardCharsets.UTF_8);
    }

    /** The whole run as a table. */
    public void printTable(PrintWriter out) {
        out.println(String.format(
                Locale.ROOT,
                "%-18s %10s %10s %10s %10s %10s %10s %10s",
                "milliseconds",
                "count",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "p99.99",
                "max"));
        for (Measure measure : Measure.values()) printRow(measure, out);
        out.println();
        for (Count count : Count.values()) {
            out.println(String.format(Locale.ROOT, "%-26s %,15d", count.key(), recorder.count(count)));
        }
        double sessionSeconds = sessionNanos / 1e9;
        for (WatchedProcess process : processes) {
            out.println(String.format(
                    Locale.ROOT,
                    "%-26s %15.2f s CPU, %.4f ms a session-second, %,d KiB at the end",
                    process.name(),
                    process.cpuSeconds(),
                    sessionSeconds == 0 ? 0 : process.cpuSeconds() * 1e3 / sessionSeconds,
                    process.rssBytes() / 1024));
        }
        out.flush();
    }

    private void printRow(Measure measure, PrintWriter out) {
        Histogram total = recorder.total(measure);
        if (total.getTotalCount() == 0) return;
        out.println(String.format(
                Locale.ROOT,
                "%-18s %,10d %10.3f %10.3f %10.3f %10.3f %10.3f %10.3f",
                measure.tag(),
                total.getTotalCount(),
                total.getValueAtPercentile(50) / 1e6,
                total.getValueAtPercentile(90) / 1e6,
                total.getValueAtPercentile(99) / 1e6,
                total.getValueAtPercentile(99.9) / 1e6,
                total.getValueAtPercentile(99.99) / 1e6,
                total.getMaxValue() / 1e6));
    }

    @Override
    public void close() {
        logs.close();
    }
}
