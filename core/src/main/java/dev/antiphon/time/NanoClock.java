package dev.antiphon.time;

/**
 * A monotonic clock in nanoseconds with an arbitrary origin. Two readings are compared by subtraction only, as
 * {@link System#nanoTime()} demands.
 *
 * <p>The clock is read once at the edge (a channel handler, a timer) and passed inward as {@code nowNanos}; no class of
 * core but this one reads time.
 *
 * <p>Threading: thread-safe.
 */
@FunctionalInterface
public interface NanoClock {
    NanoClock SYSTEM = System::nanoTime;

    long nanoTime();
}
