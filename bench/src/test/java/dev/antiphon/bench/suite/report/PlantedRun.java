package dev.antiphon.bench.suite.report;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * A measured point that nobody measured: what it says is known.
 *
 * <p>Threading: confined to its caller.
 */
public final class PlantedRun {
    private final Path folder;
    private final Properties run = new Properties();
    private final Properties point = new Properties();

    private PlantedRun(Path folder) {
        this.folder = folder;
    }

    /** @param suite the folder of all */
    static PlantedRun of(Path suite, String label, int sessions, int round) {
        PlantedRun planted = in(suite.resolve(label + "-" + sessions + "-" + round));
        planted.point.setProperty("label", label);
        planted.point.setProperty("sessions", String.valueOf(sessions));
        planted.point.setProperty("round", String.valueOf(round));
        return planted.with("sessions", sessions).with("seconds", 10);
    }

    public static PlantedRun in(Path folder) {
        try {
            return new PlantedRun(Files.createDirectories(folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public PlantedRun with(String key, Object value) {
        run.setProperty(key, String.valueOf(value));
        return this;
    }

    PlantedRun failed(String why) {
        point.setProperty("failure", why);
        return this;
    }

    PlantedRun version(String version) {
        point.setProperty("version", version);
        return this;
    }

    /** A hundred samples in two intervals: 1 to 100 times so much. */
    public PlantedRun latency(String log, long nanos) {
        try (PrintStream out = new PrintStream(folder.resolve(log).toFile(), StandardCharsets.UTF_8)) {
            HistogramLogWriter writer = new HistogramLogWriter(out);
            writer.outputLegend();
            for (int interval = 0; interval < 2; interval++) {
                Histogram histogram = new Histogram(3);
                for (int i = 1; i <= 50; i++) histogram.recordValue((interval * 50L + i) * nanos);
                histogram.setStartTimeStamp(interval * 1_000L);
                histogram.setEndTimeStamp((interval + 1) * 1_000L);
                writer.outputIntervalHistogram(histogram);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** As {@link #latency}, all of one tag. */
    PlantedRun tagged(String log, String tag, long nanos, long fromUnixMillis, long toUnixMillis) {
        try (PrintStream out = new PrintStream(
                Files.newOutputStream(folder.resolve(log), StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                false,
                StandardCharsets.UTF_8)) {
            Histogram histogram = new Histogram(3);
            histogram.recordValue(nanos);
            histogram.setTag(tag);
            histogram.setStartTimeStamp(fromUnixMillis);
            histogram.setEndTimeStamp(toUnixMillis);
            new HistogramLogWriter(out).outputIntervalHistogram(histogram);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public void plant() {
        write(run, "run.properties");
        if (!point.isEmpty()) write(point, "point.properties");
    }

    private void write(Properties properties, String name) {
        try (Writer writer = Files.newBufferedWriter(folder.resolve(name))) {
            properties.store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
