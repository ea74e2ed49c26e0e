package dev.antiphon.server.stages;

import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes, every second, histograms of what the gateway itself took of the turns that ended, and of how late its event
 * loops were, to one log as HdrHistogram's tools read them. Nanoseconds; the tags are {@code request}, {@code first-audio},
 * {@code cancel} and {@code loop-lag}.
 *
 * <p>Threading: a thread of its own writes; {@link #observer} is told on event loops.
 */
public final class StageLog implements AutoCloseable {
    private static final String LOOP_LAG = "loop-lag";
    private static final long PERIOD_SECONDS = 1;

    private final ShareRecorder shares = new ShareRecorder();
    private final HistogramLogWriter log;
    private final InstantSource clock;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "antiphon-stage-log");
        thread.setDaemon(true);
        return thread;
    });
    private Supplier<Histogram> lateness = () -> new Histogram(2); // read on the writer's thread, once it runs
    private long sinceUnixMillis;

    private StageLog(HistogramLogWriter log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
        sinceUnixMillis = clock.millis();
        log.outputLogFormatVersion();
        log.outputStartTime(sinceUnixMillis);
        log.setBaseTime(sinceUnixMillis);
        log.outputLegend();
    }

    /**
     * @param file written anew
     * @throws IOException it cannot be
     */
    public static StageLog open(Path file, InstantSource clock) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        return new StageLog(new HistogramLogWriter(file.toFile()), clock);
    }

    /** Who is to be told of the turns. */
    public TurnObserver observer() {
        return shares;
    }

    /**
     * Begins to write.
     *
     * @param newLateness how late the loops were since it was asked last
     */
    public void start(Supplier<Histogram> newLateness) {
        writer.execute(() -> lateness = newLateness);
        var unused = writer.scheduleAtFixedRate(this::write, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    private void write() {
        long nowUnixMillis = clock.millis();
        for (Share share : Share.values()) write(share.tag(), shares.take(share), nowUnixMillis);
        write(LOOP_LAG, lateness.get(), nowUnixMillis);
        sinceUnixMillis = nowUnixMillis;
    }

    private void write(String tag, Histogram interval, long nowUnixMillis) {
        if (interval.getTotalCount() == 0) return;
        interval.setTag(tag);
        interval.setStartTimeStamp(sinceUnixMillis);
        interval.setEndTimeStamp(nowUnixMillis);
        log.outputIntervalHistogram(interval);
    }

    /** Writes what is left. */
    @Override
    public void close() {
        writer.execute(this::write);
        writer.shutdown();
        try {
            if (!writer.awaitTermination(PERIOD_SECONDS, TimeUnit.SECONDS)) writer.shutdownNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
    }
}
