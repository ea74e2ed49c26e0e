package dev.antiphon.server.overload;

import dev.antiphon.time.NanoClock;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one event loop while clients live on it: a task that is due every {@link LoopLag#PERIOD_NANOS} tells how late
 * the loop is. A loop without clients is not woken.
 *
 * <p>Threading: confined to its loop, but for {@link #isOpen}, {@link #lagNanos} and {@link #addLatenessTo}.
 */
final class LoopWatch {
    private static final Logger LOG = LoggerFactory.getLogger(LoopWatch.class);

    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10); // between two lines about the door
    private static final long FINEST_NANOS = 1_000;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int DIGITS = 2;

    private final EventExecutor loop;
    private final NanoClock clock;
    private final int fewClients;
    private final LoopLag lag;
    private final Door door;
    private final SingleWriterRecorder lateness = new SingleWriterRecorder(FINEST_NANOS, LONGEST_NANOS, DIGITS);

    private int clients;
    private @Nullable ScheduledFuture<?> next; // null: no client is here
    private long turnedAway; // since the last line about it
    private long toldNanos;
    private boolean hasTold;

    private volatile boolean isOpen = true; // written by the loop; read by the loop that accepts connections
    private volatile long lagNanos; // written by the loop; read by whoever asks the gateway
    private @Nullable Histogram read; // confined to the reader: reused

    /**
     * @param maxLagNanos 0: nobody is turned away
     * @param fewClients so many are always taken
     */
    LoopWatch(EventExecutor loop, long maxLagNanos, int fewClients, NanoClock clock) {
        this.loop = loop;
        this.fewClients = fewClients;
        this.clock = clock;
        // A moment counts for twice the limit at most: so a standstill closes the door after one half-life.
        lag = new LoopLag(maxLagNanos > 0 ? 2 * maxLagNanos : LONGEST_NANOS);
        door = new Door(maxLagNanos);
    }

    /** A client has come to this loop; it has left when the channel is closed. */
    void watch(Channel client) {
        assert loop.inEventLoop();
        if (clients++ == 0) {
            lag.resume(clock.nanoTime());
            schedule();
        }
        client.closeFuture().addListener(closed -> onLeft());
    }

    private void onLeft() {
        clients--;
        if (clients > 0 || next == null) return;
        next.cancel(false);
        next = null;
        judge(clock.nanoTime());
    }

    private void schedule() {
        next = loop.schedule(this::onRun, lag.dueNanos() - clock.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void onRun() {
        long nowNanos = clock.nanoTime();
        long oldestNanos = Math.min(lag.onRun(nowNanos), LONGEST_NANOS);
        for (long late = oldestNanos; late >= 0; late -= LoopLag.PERIOD_NANOS) lateness.recordValue(late);
        judge(nowNanos);
        schedule();
    }

    /** Whether somebody new may come in; who may not is counted. */
    boolean admits() {
        assert loop.inEventLoop();
        boolean admitted = judge(clock.nanoTime());
        if (!admitted) turnedAway++;
        return admitted;
    }

    private boolean judge(long nowNanos) {
        boolean wasOpen = door.isOpen();
        lagNanos = lag.lagNanos(nowNanos);
        isOpen = door.onLag(clients > fewClients ? lagNanos : 0);
        if (wasOpen != isOpen) tell(nowNanos);
        return isOpen;
    }

    private void tell(long nowNanos) {
        if (hasTold && nowNanos - toldNanos < QUIET_NANOS) return;
        hasTold = true;
        toldNanos = nowNanos;
        if (LOG.isWarnEnabled()) {
            LOG.warn(
                    "loop={} late by {} ms: {}, {} turned away before",
                    Thread.currentThread().getName(),
                    String.format(Locale.ROOT, "%.1f", lagNanos / 1e6),
                    isOpen ? "new sessions are admitted again" : "no new sessions",
                    turnedAway);
        }
        turnedAway = 0;
    }

    /** Whether somebody new may come in, as of the last moment of the schedule. */
    boolean isOpen() {
        return isOpen;
    }

    /** As of the last moment of the schedule. */
    long lagNanos() {
        return lagNanos;
    }

    /** Adds what has been measured since the last call; by one thread at a time. */
    void addLatenessTo(Histogram total) {
        read = lateness.getIntervalHistogram(read);
        total.add(read);
    }
}
