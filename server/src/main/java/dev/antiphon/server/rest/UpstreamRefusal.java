package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.upstream.UpstreamFault;
import java.util.concurrent.TimeUnit;

/**
 * How a model failed to answer, as an HTTP error: the provider's status where it refused, ours where it never came to
 * that; its type, code, param and sentence in any case.
 *
 * <p>Threading: immutable.
 *
 * @param retryAfterSeconds said to the client where the status asks it to come back
 */
public record UpstreamRefusal(Refusal refusal, long retryAfterSeconds) {
    private static final long DEFAULT_RETRY_AFTER_SECONDS = 10;

    /** The key is the gateway's: the client's own was good, and it must not look there for the fault. */
    private static final Refusal BAD_UPSTREAM_KEY = new Refusal(
            502, "server_error", "upstream_unauthorized", "The model's server does not accept the gateway's key.");

    public static UpstreamRefusal of(UpstreamFault fault) {
        boolean isAboutKey = fault.httpStatus() == 401 || fault.httpStatus() == 403;
        if (isAboutKey) return new UpstreamRefusal(BAD_UPSTREAM_KEY, DEFAULT_RETRY_AFTER_SECONDS);
        Refusal refusal = new Refusal(statusOf(fault), fault.type(), fault.code(), fault.message(), fault.param());
        long afterMillis = fault.retry().afterMillis();
        long afterSeconds = TimeUnit.MILLISECONDS.toSeconds(afterMillis + TimeUnit.SECONDS.toMillis(1) - 1);
        return new UpstreamRefusal(refusal, afterMillis < 0 ? DEFAULT_RETRY_AFTER_SECONDS : afterSeconds);
    }

    public void answerTo(RestAnswer answer) {
        answer.refuse(refusal, retryAfterSeconds);
    }

    private static int statusOf(UpstreamFault fault) {
        return switch (fault.kind()) {
            // A redirect is never followed, nor is the client to follow it.
            case REFUSED -> fault.httpStatus() >= 400 && fault.httpStatus() <= 599 ? fault.httpStatus() : 502;
            case UNREACHABLE -> 503;
            case TIMEOUT -> 504;
            case TRUNCATED, INVALID, REPORTED -> 502;
        };
    }
}
