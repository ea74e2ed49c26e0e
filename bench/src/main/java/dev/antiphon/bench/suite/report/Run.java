package dev.antiphon.bench.suite.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/**
 * One measured point: what its folder says. A number nobody measured is NaN, a log that is not there an empty histogram.
 *
 * <p>Threading: immutable.
 */
public final class Run {
    public static final String RUN_FILE = "run.properties";
    /** What the gateway says of itself, every second from its start to its end. */
    public static final String GATEWAY_LOG = "gateway.hlog";

    public static final String POINT_FILE = "point.properties";
    public static final String LABEL = "label";
    public static final String SESSIONS = "sessions";
    public static final String ROUND = "round";
    public static final String VERSION = "version";
    public static final String PROTOCOL = "protocol";
    public static final String COMMAND = "command";
    public static final String FAILURE = "failure";

    private final Properties facts;
    private final Map<Log, Histogram> logs;
    private final String round;

    private Run(Properties facts, Map<Log, Histogram> logs, String round) {
        this.facts = facts;
        this.logs = logs;
        this.round = round;
    }

    /** @param series tells rounds of the same number apart when several suites are read */
    public static Run read(Path folder, String series) throws IOException {
        Properties facts = new Properties();
        facts.setProperty(
                LABEL, String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
        load(folder.resolve(RUN_FILE), facts);
        load(folder.resolve(POINT_FILE), facts);
        Run run = new Run(facts, new EnumMap<>(Log.class), series + facts.getProperty(ROUND, "1"));
        for (Log log : Log.values()) run.logs.put(log, run.histogram(folder.resolve(log.fileName), log.tag));
        return run;
    }

    private static void load(Path file, Properties into) throws IOException {
        if (!Files.isRegularFile(file)) return;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            into.load(reader);
        }
    }

    /** @param tag of the intervals that count, of those which were measured; empty: all of the file */
    private Histogram histogram(Path file, String tag) throws IOException {
        Histogram sum = new Histogram(3);
        if (!Files.isRegularFile(file)) return sum;
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            for (EncodableHistogram next = reader.nextIntervalHistogram();
                    next != null;
                    next = reader.nextIntervalHistogram()) {
                if (!(next instanceof Histogram interval)) continue;
                if (tag.isEmpty() || (tag.equals(interval.getTag()) && wasMeasured(interval))) sum.add(interval);
            }
        }
        return sum;
    }

    private boolean wasMeasured(Histogram interval) {
        return interval.getStartTimeStamp() >= number("measured.from.unix.millis")
                && interval.getEndTimeStamp() <= number("measured.to.unix.millis");
    }

    public String label() {
        return text(LABEL);
    }

    public int sessions() {
        double sessions = number(SESSIONS);
        return Double.isNaN(sessions) ? 0 : (int) sessions;
    }

    /** Runs of the same round were measured one after the other. */
    String round() {
        return round;
    }

    /** @return empty: it was measured */
    public String failure() {
        return text(FAILURE);
    }

    public boolean isMeasured() {
        return failure().isEmpty() && downlink().getTotalCount() > 0;
    }

    /** Whether callers and model kept up, so that what is measured is the target's. */
    public boolean isHarnessOk() {
        return !text("harness.ok").equals("false");
    }

    String harnessVerdict() {
        return text("harness.verdict");
    }

    /** Measured, nothing late or lost or failed, and the 99th percentile within the bound. */
    public boolean holds(long boundNanos) {
        return isMeasured() && isHarnessOk() && whyBroken(boundNanos).isEmpty();
    }

    /** @return empty: it held */
    String whyBroken(long boundNanos) {
        if (!failure().isEmpty()) return failure().lines().findFirst().orElse("failed");
        if (!isMeasured()) return "nothing heard";
        for (String lost :
                new String[] {"sessions.failed", "turns.failed", "pieces.dropped", "pieces.broken", "pieces.late"}) {
            if (number(lost) > 0) return Numbers.text(number(lost)) + " " + lost.replace('.', ' ');
        }
        double p99 = downlink().getValueAtPercentile(99);
        return p99 > boundNanos ? "p99 " + Numbers.text(p99 / 1e6) + " ms" : "";
    }

    public Histogram downlink() {
        return log(Log.DOWNLINK);
    }

    Histogram log(Log log) {
        Histogram histogram = logs.get(log);
        return histogram == null ? new Histogram(3) : histogram;
    }

    /** @return empty: it does not say */
    String text(String key) {
        return facts.getProperty(key, "").strip();
    }

    public double number(String key) {
        String text = text(key);
        try {
            return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** What is logged, in nanoseconds. */
    enum Log {
        DOWNLINK("downlink.hlog"),
        FIRST_AUDIO("first-audio.hlog"),
        UPLINK("uplink.hlog"),
        BARGE_IN("bargein.hlog"),
        LAG("lag.hlog"),
        UPSTREAM_LAG("upstream-lag.hlog"),
        GATEWAY_REQUEST(GATEWAY_LOG, "request"),
        GATEWAY_FIRST_AUDIO(GATEWAY_LOG, "first-audio"),
        GATEWAY_CANCEL(GATEWAY_LOG, "cancel"),
        GATEWAY_LOOP_LAG(GATEWAY_LOG, "loop-lag");

        private final String fileName;
        private final String tag;

        Log(String fileName) {
            this(fileName, "");
        }

        /** @param tag of those intervals of the file that are meant */
        Log(String fileName, String tag) {
            this.fileName = fileName;
            this.tag = tag;
        }
    }
}
