package dev.antiphon.server.routing;

import dev.antiphon.server.routing.CircuitBreaker.Entry;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What to do next in a turn: whom to ask, when, and when to give up.
 *
 * <ul>
 *   <li>Nobody is asked again once something of an answer was heard.
 *   <li>A server is asked again at most once in a turn, where its fault allows that, its budget has a retry left and its
 *       breaker is closed; after full jitter, or when the provider says, if that is soon.
 *   <li>A fault that another server may not have goes on to the next destination; each is come to once. A silence goes on
 *       only, and where a retry would have to wait long, the next destination comes first.
 * </ul>
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Attempts {
    private static final long FIRST_BACKOFF_MILLIS = 50;
    private static final long LONGEST_BACKOFF_MILLIS = 1_000;

    private final Picks picks;
    private final List<Destination> order;
    private final SplittableRandom random;

    private int position = -1; // in the order, of whom is being asked
    private Entry entry = Entry.REFUSED; // how it was let in
    private boolean isSettled = true; // whether the breaker has been told
    private boolean isHeard;
    private boolean isRetried;
    private @Nullable UpstreamFault lastFault; // null: nobody who was asked has failed

    Attempts(Picks picks, long nowNanos, SplittableRandom random) {
        this.picks = picks;
        this.order = picks.order(nowNanos);
        this.random = random;
    }

    /** What comes next. */
    sealed interface Step {
        /**
         * Asks {@code destination} after a pause, in which {@link #abandon} may still come.
         *
         * @param isRetry it has been asked before in this turn
         */
        record Ask(Destination destination, boolean isRetry, long delayNanos) implements Step {}

        /** The last word. */
        record GiveUp(UpstreamFault fault) implements Step {}
    }

    Step begin(long nowNanos) {
        return nextDestination(nowNanos);
    }

    /** Something of the answer was heard: whoever gives it works. */
    void onHeard() {
        isHeard = true;
        picks.onAnswered(current());
        if (!isSettled) current().line().breaker().onSuccess(entry);
        isSettled = true;
    }

    Step onFault(UpstreamFault fault, long nowNanos) {
        settle(fault, nowNanos);
        lastFault = fault;
        if (isHeard) return new Step.GiveUp(FaultRules.told(fault));
        boolean isElsewhereOk = FaultRules.isOfThisServer(fault);
        if (!(isElsewhereOk && FaultRules.isSlow(fault) && isAnotherLeft(nowNanos))) {
            Step.Ask retry = retry(fault, nowNanos);
            if (retry != null) return retry;
        }
        if (!isElsewhereOk) return new Step.GiveUp(FaultRules.told(fault));
        picks.onFailed(current(), nowNanos);
        return nextDestination(nowNanos);
    }

    /** The one who asked wants nothing more. Idempotent. */
    void abandon(long nowNanos) {
        if (!isSettled) current().line().breaker().onAbandoned(entry, nowNanos);
        isSettled = true;
    }

    private void settle(UpstreamFault fault, long nowNanos) {
        CircuitBreaker breaker = current().line().breaker();
        // An attempt that was heard has let its probe succeed; what it breaks later counts like any other failure.
        if (FaultRules.isOutage(fault)) breaker.onFailure(isSettled ? Entry.USUAL : entry, nowNanos);
        else if (!isSettled) breaker.onSuccess(entry);
        isSettled = true;
    }

    private Step.@Nullable Ask retry(UpstreamFault fault, long nowNanos) {
        Destination same = current();
        CircuitBreaker breaker = same.line().breaker();
        if (isRetried || !FaultRules.mayBeRetried(fault)) return null;
        if (breaker.state() != CircuitBreaker.State.CLOSED
                || !same.line().retries().tryRetry(nowNanos)) return null;
        if (!isLetIn(same, nowNanos)) return null;
        isRetried = true;
        return new Step.Ask(
                same, true, TimeUnit.MILLISECONDS.toNanos(delayMillis(fault, breaker.recentFailures(nowNanos))));
    }

    private long delayMillis(UpstreamFault fault, int recentFailures) {
        long afterMillis = fault.retry().afterMillis();
        if (afterMillis >= 0) return afterMillis;
        long mostMillis = Math.min(LONGEST_BACKOFF_MILLIS, FIRST_BACKOFF_MILLIS << recentFailures);
        return random.nextLong(mostMillis + 1);
    }

    private Step nextDestination(long nowNanos) {
        while (++position < order.size()) {
            if (!isLetIn(current(), nowNanos)) continue;
            current().line().retries().onCall();
            return new Step.Ask(current(), false, 0);
        }
        return new Step.GiveUp(lastFault == null ? unavailable(nowNanos) : FaultRules.told(lastFault));
    }

    private boolean isLetIn(Destination destination, long nowNanos) {
        entry = destination.line().breaker().enter(nowNanos);
        isSettled = entry == Entry.REFUSED;
        return !isSettled;
    }

    private boolean isAnotherLeft(long nowNanos) {
        for (Destination each : order.subList(position + 1, order.size())) {
            CircuitBreaker breaker = each.line().breaker();
            boolean isClosed = breaker.state() == CircuitBreaker.State.CLOSED;
            boolean isProbeDue = breaker.state() == CircuitBreaker.State.OPEN && breaker.waitNanos(nowNanos) == 0;
            if (isClosed || isProbeDue) return true;
        }
        return false;
    }

    private UpstreamFault unavailable(long nowNanos) {
        StringJoiner names = new StringJoiner(", ");
        List<Long> waits = new ArrayList<>();
        for (Destination each : order) {
            names.add(each.line().upstream().name());
            waits.add(each.line().breaker().waitNanos(nowNanos));
        }
        return FaultRules.unavailable(
                names.toString(),
                waits.stream().mapToLong(Long::longValue).min().orElse(0));
    }

    private Destination current() {
        return order.get(position);
    }
}
