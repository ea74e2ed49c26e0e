package dev.antiphon.bench.load.caller;

import dev.antiphon.bench.load.record.Count;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.Measure;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All callers of one event loop, and the one timer that drives them.
 *
 * <p>Threading: confined to its event loop.
 */
final class CallerLoop implements FrameWheel.Sink {
    /** Between two such rounds the loop looks at its sockets. */
    private static final int FRAMES_AT_ONCE = 32;

    private final EventLoop loop;
    private final boolean isSpinning;
    private final @Nullable Caller[] callers; // null: its call failed
    private final long[] beginNanos; // of each caller: earlier frames are not its own
    private final FrameWheel wheel;
    private final LoadRecorder recorder;
    private final RunWindow window;
    private long nowNanos; // of this round
    private boolean isStopped;

    /**
     * @param callers by their place in the wheel
     * @param beginNanos when each of them begins
     * @param isSpinning whether the loop looks at the clock without pause, for a core of its own
     */
    CallerLoop(
            EventLoop loop,
            boolean isSpinning,
            @Nullable Caller[] callers,
            long[] beginNanos,
            FrameWheel wheel,
            Caller.Run run) {
        this.loop = loop;
        this.isSpinning = isSpinning;
        this.callers = callers;
        this.beginNanos = beginNanos;
        this.wheel = wheel;
        this.recorder = run.recorder();
        this.window = run.window();
    }

    void start() {
        tick();
    }

    /** Frames that were measured and never sent are as late as it is now. */
    void stop() {
        isStopped = true;
        nowNanos = NanoClock.SYSTEM.nanoTime();
        wheel.turnTo(nowNanos, Integer.MAX_VALUE, (place, dueNanos) -> {
            if (!window.contains(dueNanos)) return;
            recorder.record(Measure.LAG, nowNanos - dueNanos);
            recorder.add(Count.FRAMES_LATE, 1);
        });
    }

    void onGone(int place) {
        Caller gone = callers[place];
        callers[place] = null;
        if (gone != null) gone.end();
    }

    boolean isSettled() {
        if (!window.isOver(wheel.nextDueNanos())) return false;
        for (Caller caller : callers) {
            if (caller != null && !caller.isSettled()) return false;
        }
        return true;
    }

    /** What is still waited for has failed. */
    void endAll() {
        for (int place = 0; place < callers.length; place++) onGone(place);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends when it is told to stop
    private void tick() {
        if (isStopped) return;
        nowNanos = NanoClock.SYSTEM.nanoTime();
        wheel.turnTo(nowNanos, FRAMES_AT_ONCE, this);
        long delayNanos = wheel.nextDueNanos() - NanoClock.SYSTEM.nanoTime();
        // Scheduled, also for now: Netty looks at its sockets before it, but runs what is executed without looking.
        loop.schedule(this::tick, isSpinning ? 0 : Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    }

    @Override
    public void onDue(int place, long dueNanos) {
        if (window.contains(dueNanos)) recorder.record(Measure.LAG, nowNanos - dueNanos);
        Caller caller = callers[place];
        if (caller != null && dueNanos - beginNanos[place] >= 0) caller.onDue(dueNanos, nowNanos);
    }
}
