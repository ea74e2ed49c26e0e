package dev.antiphon.session;

import java.util.concurrent.TimeUnit;

/**
 * Wall time as a session knows it: that of its opening, and monotonic time since. So a wall clock that jumps moves no
 * expiry, and a recorded session can be replayed.
 *
 * <p>Threading: immutable.
 */
record SessionClock(long openedUnixSeconds, long openedNanos) {
    long unixSecondsAt(long nowNanos) {
        return openedUnixSeconds + TimeUnit.NANOSECONDS.toSeconds(nowNanos - openedNanos);
    }
}
