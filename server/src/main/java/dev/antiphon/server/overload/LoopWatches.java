package dev.antiphon.server.overload;

import dev.antiphon.time.NanoClock;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorChooserFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The watches of all event loops. It also chooses the loop of each new connection: the next in turn whose door is open,
 * or simply the next where all are closed.
 *
 * <pre>
 *  accept ─▶ chooser: next loop with an open door ─▶ watch ─▶ key ─▶ door of this loop ─▶ session
 *                                                              401     503
 * </pre>
 *
 * <p>Threading: thread-safe, once it has seen the loops; it sees them while their group is made.
 */
public final class LoopWatches implements EventExecutorChooserFactory {
    private final OverloadLimits limits;
    private final WorkMeter.Source meters;
    private final NanoClock clock;
    private final Histogram lateness = new Histogram(2); // guarded by this
    private List<LoopWatch> inTurn = List.of();
    private Map<EventExecutor, LoopWatch> byLoop = Map.of();

    public LoopWatches(OverloadLimits limits, NanoClock clock) {
        this(limits, WorkMeter::ofThisThread, clock);
    }

    LoopWatches(OverloadLimits limits, WorkMeter.Source meters, NanoClock clock) {
        this.limits = limits;
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public EventExecutorChooser newChooser(EventExecutor[] loops) {
        List<LoopWatch> watches = new ArrayList<>();
        Map<EventExecutor, LoopWatch> found = new HashMap<>();
        for (EventExecutor loop : loops) {
            LoopWatch watch = new LoopWatch(loop, limits, meters, clock);
            watches.add(watch);
            found.put(loop, watch);
        }
        inTurn = List.copyOf(watches);
        byLoop = Map.copyOf(found);
        return new InTurn(loops.clone(), inTurn);
    }

    /**
     * Watches the loop of a client's channel for as long as the channel is open; called on that loop, before its pipeline
     * is made.
     */
    public void watch(Channel client) {
        LoopWatch watch = byLoop.get(client.eventLoop());
        if (watch != null) watch.watch(client);
    }

    /** Whether this loop takes somebody new; called on that loop. One that is not watched takes everybody. */
    boolean admits(EventLoop loop) {
        @Nullable LoopWatch watch = byLoop.get(loop);
        return watch == null || watch.admits();
    }

    /** What has been measured so far. */
    public synchronized LagReport report() {
        takeLateness();
        long nowNanos = 0;
        for (LoopWatch watch : inTurn) nowNanos = Math.max(nowNanos, watch.lagNanos());
        return LagReport.of(lateness, nowNanos);
    }

    /** How late the moments were, in nanoseconds, that have passed since this or {@link #report} was last asked. */
    public synchronized Histogram takeLateness() {
        Histogram latest = new Histogram(2);
        for (LoopWatch watch : inTurn) watch.addLatenessTo(latest);
        lateness.add(latest);
        return latest;
    }

    private static final class InTurn implements EventExecutorChooser {
        private final EventExecutor[] loops;
        private final List<LoopWatch> watches;
        private final AtomicInteger turn = new AtomicInteger(); // of all that ask: mostly the loop that accepts

        InTurn(EventExecutor[] loops, List<LoopWatch> watches) {
            this.loops = loops;
            this.watches = watches;
        }

        @Override
        public EventExecutor next() {
            int first = turn.getAndIncrement();
            for (int i = 0; i < loops.length; i++) {
                int candidate = Math.floorMod(first + i, loops.length);
                if (watches.get(candidate).isOpen()) return loops[candidate];
            }
            return loops[Math.floorMod(first, loops.length)];
        }
    }
}
