package dev.antiphon.server.routing;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps calls from a server that is down, and finds out when it is up again.
 *
 * <pre>
 *            5 failures in 10 s, not outnumbered by successes
 *   CLOSED ───────────────────────────────────────────────────▶ OPEN ◀──────────┐
 *     ▲                                              pause over,│               │ the probe fails: a longer pause,
 *     │                                              next call  ▼               │ or is given up: at once
 *     └──────────────────────────────────────────────────── HALF_OPEN ──────────┘
 *                        the probe succeeds
 * </pre>
 *
 * <p>Threading: thread-safe; a server's calls on all loops share one.
 */
final class CircuitBreaker {
    private static final Logger LOG = LoggerFactory.getLogger(CircuitBreaker.class);

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

    enum State {
        CLOSED,
        OPEN,
        /** One call is under way, to see. */
        HALF_OPEN
    }

    /** How a call is let in. */
    enum Entry {
        REFUSED,
        USUAL,
        /** The one call that decides. */
        PROBE
    }

    private final String upstream;
    private final int mostFailures; // 0: it never opens
    private final long[] failedNanos; // a ring of the newest
    private final long[] successesBefore; // likewise: how many there had been
    private int failures; // in the ring
    private int next; // where in the ring
    private long successes;
    private State state = State.CLOSED;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private long openUntilNanos; // while OPEN

    /** @param mostFailures in ten seconds; 0: it never opens */
    CircuitBreaker(String upstream, int mostFailures) {
        this.upstream = upstream;
        this.mostFailures = mostFailures;
        failedNanos = new long[Math.max(1, mostFailures)];
        successesBefore = new long[Math.max(1, mostFailures)];
    }

    /** Asks to make a call. Unless it is refused, the one who asks says what became of it, once, with what he got here. */
    synchronized Entry enter(long nowNanos) {
        switch (state) {
            case CLOSED -> {
                return Entry.USUAL;
            }
            case OPEN -> {
                if (openUntilNanos - nowNanos > 0) return Entry.REFUSED;
                become(State.HALF_OPEN);
                return Entry.PROBE;
            }
            case HALF_OPEN -> {
                return Entry.REFUSED;
            }
        }
        throw new AssertionError(state);
    }

    synchronized void onSuccess(Entry entry) {
        successes++;
        if (entry != Entry.PROBE) return;
        failures = 0;
        pauseNanos = FIRST_PAUSE_NANOS;
        become(State.CLOSED);
    }

    synchronized void onFailure(Entry entry, long nowNanos) {
        if (entry == Entry.PROBE) {
            pauseNanos = Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos);
            open(nowNanos);
            return;
        }
        // A call that began before the server was given up says nothing new.
        if (state != State.CLOSED || mostFailures == 0) return;
        failedNanos[next] = nowNanos;
        successesBefore[next] = successes;
        next = (next + 1) % mostFailures;
        failures = Math.min(mostFailures, failures + 1);
        // The oldest in a full ring is the one to be overwritten next.
        boolean isOften = failures == mostFailures && nowNanos - failedNanos[next] <= WINDOW_NANOS;
        if (isOften && successes - successesBefore[next] <= mostFailures) open(nowNanos);
    }

    /** The call was given up before anyone could tell. */
    synchronized void onAbandoned(Entry entry, long nowNanos) {
        if (entry != Entry.PROBE) return;
        openUntilNanos = nowNanos;
        become(State.OPEN);
    }

    synchronized State state() {
        return state;
    }

    /** Until the next call may be let in; 0: none has to wait, or a probe is under way. */
    synchronized long waitNanos(long nowNanos) {
        return state == State.OPEN ? Math.max(0, openUntilNanos - nowNanos) : 0;
    }

    /** At most as many as open it. */
    synchronized int recentFailures(long nowNanos) {
        int recent = 0;
        for (int age = 1; age <= failures; age++) {
            if (nowNanos - failedNanos[(next - age + mostFailures) % mostFailures] <= WINDOW_NANOS) recent++;
        }
        return recent;
    }

    private void open(long nowNanos) {
        failures = 0;
        openUntilNanos = nowNanos + pauseNanos;
        become(State.OPEN);
    }

    private void become(State newState) {
        if (newState == State.CLOSED) LOG.info("upstream={} answers again", upstream);
        else if (newState == State.OPEN && state == State.CLOSED) LOG.warn("upstream={} is given up for now", upstream);
        else LOG.debug("upstream={} breaker {} -> {}", upstream, state, newState);
        state = newState;
    }
}
