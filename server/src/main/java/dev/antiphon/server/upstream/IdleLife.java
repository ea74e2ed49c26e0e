package dev.antiphon.server.upstream;

import org.jspecify.annotations.Nullable;

/**
 * How long a connection to one server may go without a call: as configured, or four fifths of what the server was seen to
 * allow, so that no turn takes a connection that is about to be closed. What was learnt is forgotten slowly, doubling with
 * every hour: servers are restarted, and proxies change.
 *
 * <p>Threading: thread-safe; all event loops learn for each other.
 */
final class IdleLife {
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    /** A server that hangs up sooner than this has other reasons. */
    private static final long SHORTEST_NANOS = 5_000_000_000L;

    private final long configuredNanos;
    private volatile @Nullable Learnt learnt; // written and read by any event loop; null: nothing

    private record Learnt(long lifeNanos, long atNanos) {}

    IdleLife(long configuredNanos) {
        this.configuredNanos = configuredNanos;
    }

    long nanos(long nowNanos) {
        Learnt last = learnt;
        if (last == null) return configuredNanos;
        double forgotten = (double) (nowNanos - last.atNanos()) / HOUR_NANOS;
        double lifeNanos = last.lifeNanos() * (1 + Math.max(0, forgotten));
        return lifeNanos < configuredNanos ? (long) lifeNanos : configuredNanos;
    }

    /** The server closed a connection without a call. */
    void onClosedByServer(long idleNanos, long nowNanos) {
        if (idleNanos < SHORTEST_NANOS) return;
        long lifeNanos = idleNanos / 5 * 4;
        // Two loops may pass here at once; whichever stays is one that was seen.
        if (lifeNanos < nanos(nowNanos)) learnt = new Learnt(lifeNanos, nowNanos);
    }
}
