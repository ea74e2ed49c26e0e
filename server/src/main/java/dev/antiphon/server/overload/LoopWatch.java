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
    private static final double LOAD_OPENS_BELOW = 0.9; // of the limit

    private final EventExecutor loop;
    private final NanoClock clock;
    private final int fewClients;
    private final LoopLag lag;
    private final Door lagDoor;
    private final LoopLoad load;
    private final Door loadDoor;
    private final WorkMeter.Source meters;
    private final Guest.Arrivals arrivals = new Guest.Arrivals();
    private final SingleWriterRecorder lateness = new SingleWriterRecorder(FINEST_NANOS, LONGEST_NANOS, DIGITS);

    private int clients;
    private @Nullable WorkMeter meter; // null: there are too few clients to ask how much the loop works
    private @Nullable ScheduledFuture<?> next; // null: no client is here
    private long turnedAway; // since the last line about it
    private long toldNanos;
    private boolean hasTold;

    private volatile boolean isOpen = true; // written by the loop; read by the loop that accepts connections
    private volatile long lagNanos; // written by the loop; read by whoever asks the gateway
    private @Nullable Histogram read; // confined to the reader: reused

    /** @param meters of how long the loop works; asked on the loop */
    LoopWatch(EventExecutor loop, OverloadLimits limits, WorkMeter.Source meters, NanoClock clock) {
        this.loop = loop;
        this.fewClients = limits.fewClients();
        this.meters = meters;
        this.clock = clock;
        // A moment counts for twice the limit at most: so a standstill closes the door after one half-life.
        lag = new LoopLag(limits.maxLagNanos() > 0 ? 2 * limits.maxLagNanos() : LONGEST_NANOS);
        lagDoor = new Door((double) limits.maxLagNanos(), limits.maxLagNanos() / 2.0);
        load = new LoopLoad(Math.max(1, fewClients));
        loadDoor = new Door(limits.maxLoad(), LOAD_OPENS_BELOW * limits.maxLoad());
    }

    /** A client has come to this loop, its pipeline is empty yet; it has left when the channel is closed. */
    void watch(Channel client) {
        assert loop.inEventLoop();
        if (clients++ == 0) {
            lag.resume(clock.nanoTime());
            schedule();
        }
        if (meter == null && clients > fewClients) {
            meter = meters.open();
            load.resume(clock.nanoTime(), workedNanos(meter));
        }
        Guest guest = new Guest(load, arrivals, clock);
        client.pipeline().addFirst(guest);
        client.closeFuture().addListener(closed -> onLeft(guest));
    }

    private void onLeft(Guest guest) {
        clients--;
        guest.onLeft();
        if (clients > 0) return;
        if (meter != null) meter.close();
        meter = null;
        load.suspend();
        if (next == null) return;
        next.cancel(false);
        next = null;
        judge(clock.nanoTime());
    }

    /** For sessions. */
    private long workedNanos(WorkMeter open) {
        return open.workedNanos() - arrivals.workedNanos();
    }

    private void schedule() {
        next = loop.schedule(this::onRun, lag.dueNanos() - clock.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void onRun() {
        long nowNanos = clock.nanoTime();
        long oldestNanos = Math.min(lag.onRun(nowNanos), LONGEST_NANOS);
        for (long late = oldestNanos; late >= 0; late -= LoopLag.PERIOD_NANOS) lateness.recordValue(late);
        if (meter != null && load.isDue(nowNanos)) load.onMeasured(nowNanos, workedNanos(meter));
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
        boolean wasOpen = isOpen;
        boolean areMany = clients > fewClients;
        lagNanos = lag.lagNanos(nowNanos);
        boolean isOnTime = lagDoor.onMeasured(areMany ? (double) lagNanos : 0);
        boolean hasRoom = loadDoor.onMeasured(areMany ? load.forecast(nowNanos) : 0);
        isOpen = isOnTime && hasRoom;
        if (wasOpen != isOpen) tell(nowNanos);
        return isOpen;
    }

    private void tell(long nowNanos) {
        if (hasTold && nowNanos - toldNanos < QUIET_NANOS) return;
        hasTold = true;
        toldNanos = nowNanos;
        if (LOG.isWarnEnabled()) {
            LOG.warn(
                    "loop={} late by {} ms, works {} %, {} % with those who have yet to speak: {}, {} turned away before",
                    Thread.currentThread().getName(),
                    String.format(Locale.ROOT, "%.1f", lagNanos / 1e6),
                    Math.round(100 * load.share()),
                    Math.round(100 * load.forecast(nowNanos)),
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
