package dev.antiphon.bench.load.record;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * A log of interval histograms for each {@link Measure}, as HdrHistogram's tools read them.
 *
 * <p>Threading: confined to its caller.
 */
public final class HistogramLogs implements AutoCloseable {
    private final Map<Measure, HistogramLogWriter> writers = new EnumMap<>(Measure.class);

    /** @param folder made if it is not there */
    public HistogramLogs(Path folder, long startUnixMillis) throws IOException {
        Files.createDirectories(folder);
        for (Measure measure : Measure.values()) {
            writers.put(measure, open(folder.resolve(measure.tag() + ".hlog"), startUnixMillis));
        }
    }

    private static HistogramLogWriter open(Path file, long startUnixMillis) throws FileNotFoundException {
        HistogramLogWriter writer = new HistogramLogWriter(file.toFile());
        writer.outputLogFormatVersion();
        writer.outputStartTime(startUnixMillis);
        writer.setBaseTime(startUnixMillis);
        writer.outputLegend();
        return writer;
    }

    public void write(Measure measure, Histogram interval, long fromUnixMillis, long toUnixMillis) {
        HistogramLogWriter writer = writers.get(measure);
        if (writer == null || interval.getTotalCount() == 0) return;
        interval.setTag(measure.tag());
        interval.setStartTimeStamp(fromUnixMillis);
        interval.setEndTimeStamp(toUnixMillis);
        writer.outputIntervalHistogram(interval);
    }

    @Override
    public void close() {
        writers.values().forEach(HistogramLogWriter::close);
    }
}
