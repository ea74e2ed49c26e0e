package dev.antiphon.server.rest.audio;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.rest.RestAnswer;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How a client hears that a model's server did not answer: what the client did wrong keeps its status, what went wrong
 * behind the gateway is 502, 503 or 504.
 *
 * <p>Threading: stateless.
 */
final class FaultRefusal {
    private static final Set<Integer> CLIENTS_OWN = Set.of(400, 404, 409, 413, 415, 422, 429);
    /** The key is the gateway's: the client's own was good, and it must not look elsewhere for the fault. */
    private static final Refusal BAD_UPSTREAM_KEY = new Refusal(
            502, "server_error", "upstream_unauthorized", "The model's server does not accept the gateway's key.");

    private FaultRefusal() {}

    static void answer(RestAnswer answer, UpstreamFault fault) {
        Refusal refusal = of(fault);
        long afterMillis = fault.retry().afterMillis();
        if (afterMillis < 0) answer.refuse(refusal);
        else answer.refuse(refusal, Math.max(1, TimeUnit.MILLISECONDS.toSeconds(afterMillis + 999)));
    }

    static Refusal of(UpstreamFault fault) {
        boolean isOurKey = fault.kind() == Kind.REFUSED && (fault.httpStatus() == 401 || fault.httpStatus() == 403);
        if (isOurKey) return BAD_UPSTREAM_KEY;
        return new Refusal(statusOf(fault), fault.type(), fault.code(), fault.message(), fault.param());
    }

    private static int statusOf(UpstreamFault fault) {
        return switch (fault.kind()) {
            case REFUSED -> {
                if (CLIENTS_OWN.contains(fault.httpStatus())) yield fault.httpStatus();
                yield fault.httpStatus() == 503 || fault.httpStatus() == 529 ? 503 : 502;
            }
            case TIMEOUT -> 504;
            case UNREACHABLE, TRUNCATED, INVALID, REPORTED -> 502;
        };
    }
}
