package dev.antiphon.server.routing;

import java.util.concurrent.TimeUnit;

/**
 * How often a server may be asked again: once for every ten calls, so that retries cannot drown a server in trouble, and
 * three times in ten seconds besides, so that a quiet gateway can retry at all.
 *
 * <p>Threading: thread-safe; a server's calls on all loops share one.
 */
final class RetryBudget {
    private static final double RETRIES_PER_CALL = 0.1;
    private static final double MOST_SAVED = 10;
    private static final double FLOOR_RETRIES = 3;
    private static final double FLOOR_NANOS = TimeUnit.SECONDS.toNanos(10);

    private double saved;
    private double floor = FLOOR_RETRIES;
    private long floorNanos; // when floor was right
    private boolean isStarted;

    /** A call that is no retry. */
    synchronized void onCall() {
        saved = Math.min(MOST_SAVED, saved + RETRIES_PER_CALL);
    }

    /** Whether a retry may be made, which is then counted. */
    synchronized boolean tryRetry(long nowNanos) {
        if (isStarted) {
            floor = Math.min(FLOOR_RETRIES, floor + FLOOR_RETRIES * (nowNanos - floorNanos) / FLOOR_NANOS);
        }
        isStarted = true;
        floorNanos = nowNanos;
        // Ten times a tenth is a little less than one.
        if (saved > 1 - RETRIES_PER_CALL / 2) saved = Math.max(0, saved - 1);
        else if (floor >= 1) floor--;
        else return false;
        return true;
    }
}
