package dev.antiphon.bench.load.caller;

import java.util.concurrent.TimeUnit;

/**
 * Whose frame is due. Each caller has its own place in the 20 ms, evenly spread and always the same, so frames come up in
 * one fixed order, round and round; knowing the next is a step, not a search.
 *
 * <pre>
 *  20 ms │ 0  1  2  3  …  n-1 │ 0  1  2  3  …  n-1 │
 *          frame k              frame k+1
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
public final class FrameWheel {
    public static final long FRAME_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Told of each frame at its turn. */
    @FunctionalInterface
    public interface Sink {
        /** @param dueNanos when it was to be sent, whatever the time is now */
        void onDue(int caller, long dueNanos);
    }

    private final long[] phaseNanos;
    private long roundNanos; // when the round at hand began
    private int next;

    /** @param phaseNanos of each caller, within a frame, ascending; at least one */
    public FrameWheel(long startNanos, long[] phaseNanos) {
        this.phaseNanos = phaseNanos.clone();
        roundNanos = startNanos;
    }

    public long nextDueNanos() {
        return roundNanos + phaseNanos[next];
    }

    /**
     * Hands out what is due, oldest first; what was missed is not skipped.
     *
     * @return how many
     */
    public int turnTo(long nowNanos, int maxFrames, Sink out) {
        int handed = 0;
        while (handed < maxFrames) {
            long dueNanos = nextDueNanos();
            if (dueNanos - nowNanos > 0) break;
            int caller = next;
            if (++next == phaseNanos.length) {
                next = 0;
                roundNanos += FRAME_NANOS;
            }
            out.onDue(caller, dueNanos);
            handed++;
        }
        return handed;
    }
}
