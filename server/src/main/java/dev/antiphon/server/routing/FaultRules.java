package dev.antiphon.server.routing;

import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import dev.antiphon.upstream.UpstreamFault.Retry;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What a fault says of the server it came from, and of all others.
 *
 * <p>Threading: stateless.
 */
final class FaultRules {
    /** A person who waits for an answer does not wait longer than this for a second attempt to begin. */
    static final long LONGEST_WAIT_MILLIS = 2_000;

    /** With another server at hand, not even this long. */
    static final long LONGEST_WAIT_BESIDE_ANOTHER_MILLIS = 250;

    private static final long LONGEST_HINT_SECONDS = TimeUnit.DAYS.toSeconds(1);
    /** The key, the purse or the place is wrong, and will be wrong in a second. */
    private static final Set<Integer> SETTLED = Set.of(401, 402, 403, 407);

    /** What is asked is unknown there, or there is no time for it. */
    private static final Set<Integer> OF_THIS_SERVER = Set.of(404, 408, 409, 429);

    private FaultRules() {}

    /** Whether the server seems to be down, which an unhappy request does not mean. */
    static boolean isOutage(UpstreamFault fault) {
        return switch (fault.kind()) {
            case UNREACHABLE, TIMEOUT, TRUNCATED -> true;
            case REFUSED -> fault.httpStatus() >= 500;
            case INVALID, REPORTED -> false;
        };
    }

    /**
     * Whether the same server may be asked the same again. Not after a silence: it has the request, may be working on it
     * and will charge for it, and the person has waited for a whole deadline already.
     */
    static boolean mayBeRetried(UpstreamFault fault) {
        return fault.retryable()
                && fault.kind() != Kind.TIMEOUT
                && fault.retry().afterMillis() <= LONGEST_WAIT_MILLIS
                && !isRedirect(fault)
                && !SETTLED.contains(fault.httpStatus())
                && !isOutOfQuota(fault);
    }

    /** Whether the wait for it is so long that another server should be asked first. */
    static boolean isSlow(UpstreamFault fault) {
        return fault.retry().afterMillis() > LONGEST_WAIT_BESIDE_ANOTHER_MILLIS;
    }

    /** Whether another server may not have this fault. */
    static boolean isOfThisServer(UpstreamFault fault) {
        return switch (fault.kind()) {
            case UNREACHABLE, TIMEOUT, TRUNCATED, INVALID -> true;
            case REFUSED ->
                fault.httpStatus() >= 500
                        || isRedirect(fault)
                        || SETTLED.contains(fault.httpStatus())
                        || OF_THIS_SERVER.contains(fault.httpStatus())
                        || isOutOfQuota(fault);
            case REPORTED -> fault.retryable() || isOutOfQuota(fault);
        };
    }

    /** With the provider's word on when, where it gave one. */
    static UpstreamFault told(UpstreamFault fault) {
        long afterMillis = fault.retry().afterMillis();
        if (afterMillis < 0) return fault;
        return withMessage(fault, fault.message() + " (try again in " + seconds(afterMillis) + " s)");
    }

    /** Nobody could be asked. */
    static UpstreamFault unavailable(String upstreams, long waitNanos) {
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos);
        return new UpstreamFault(
                Kind.UNREACHABLE,
                0,
                "server_error",
                "upstream_unavailable",
                null,
                "the model's server is not asked after its last failures: " + upstreams + " (tried again in "
                        + seconds(waitMillis) + " s)",
                new Retry(true, waitMillis));
    }

    static UpstreamFault silent(boolean wasHeard) {
        return new UpstreamFault(
                Kind.TIMEOUT,
                200,
                "server_error",
                "upstream_timeout",
                null,
                "the model made no sound in time",
                !wasHeard);
    }

    static UpstreamFault unknownModel(String model) {
        return new UpstreamFault(
                Kind.REFUSED,
                404,
                "invalid_request_error",
                "model_not_found",
                "model",
                "The model `" + model + "` does not exist here.",
                false);
    }

    /** A model in stages has no answer of one server that could be handed on as it is. */
    static UpstreamFault noWholeAnswer(String model) {
        return new UpstreamFault(
                Kind.REFUSED,
                400,
                "invalid_request_error",
                "unsupported_value",
                "model",
                "The model `" + model + "` is a cascade and has no answer to hand on as it is.",
                false);
    }

    /** What is asked cannot be put to this model. */
    static UpstreamFault unwritable() {
        return new UpstreamFault(
                Kind.INVALID,
                0,
                "server_error",
                "upstream_invalid",
                null,
                "what is asked cannot be put to the model that would answer now",
                false);
    }

    private static boolean isRedirect(UpstreamFault fault) {
        return fault.httpStatus() >= 300 && fault.httpStatus() < 400;
    }

    private static boolean isOutOfQuota(UpstreamFault fault) {
        return "insufficient_quota".equals(fault.type()) || "insufficient_quota".equals(fault.code());
    }

    private static UpstreamFault withMessage(UpstreamFault fault, String message) {
        return new UpstreamFault(
                fault.kind(), fault.httpStatus(), fault.type(), fault.code(), fault.param(), message, fault.retry());
    }

    /** Rounded up: too early is in vain. */
    private static long seconds(long millis) {
        return Math.min(LONGEST_HINT_SECONDS, millis / 1_000 + (millis % 1_000 > 0 ? 1 : 0));
    }
}
