package dev.antiphon.bench.load.record;

import java.util.concurrent.TimeUnit;

/**
 * What of a run is measured. A thing belongs to it by the moment it was to happen, not by when it did: what was begun
 * within and ended late is part of it, to its last byte.
 *
 * <pre>
 *  connect ─▶ │ warm-up │ measured          │ drain ─▶
 *             start     from                to
 * </pre>
 *
 * <p>Threading: immutable.
 *
 * @param startNanos the first frame of all
 */
public record RunWindow(long startNanos, long fromNanos, long toNanos) {
    public static RunWindow of(long startNanos, long warmUpSeconds, long measuredSeconds) {
        long fromNanos = startNanos + TimeUnit.SECONDS.toNanos(warmUpSeconds);
        return new RunWindow(startNanos, fromNanos, fromNanos + TimeUnit.SECONDS.toNanos(measuredSeconds));
    }

    /**
     * When a caller begins: one after the other over the first half of the warm-up, so that neither side meets the whole
     * load with code that was never run.
     */
    public long beginNanos(int caller, int callers) {
        return startNanos + (fromNanos - startNanos) / 2 * caller / callers;
    }

    public boolean contains(long nanos) {
        return nanos - fromNanos >= 0 && nanos - toNanos < 0;
    }

    public boolean isOver(long nanos) {
        return nanos - toNanos >= 0;
    }
}
