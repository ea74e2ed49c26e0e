package dev.antiphon.server.routing;

import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import dev.antiphon.upstream.UpstreamFault.Retry;

/** Faults as servers and connections have them. */
final class TestFaults {
    static final UpstreamFault UNREACHABLE = of(Kind.UNREACHABLE, 0, true);
    static final UpstreamFault TLS = of(Kind.UNREACHABLE, 0, false);
    static final UpstreamFault TIMEOUT = of(Kind.TIMEOUT, 0, true);
    static final UpstreamFault RESET = of(Kind.TRUNCATED, 0, true);
    static final UpstreamFault HTML = of(Kind.INVALID, 200, false);

    private TestFaults() {}

    static UpstreamFault status(int status, boolean retryable) {
        return of(Kind.REFUSED, status, retryable);
    }

    static UpstreamFault after(int status, long millis) {
        return status(status, true).withRetry(new Retry(true, millis));
    }

    static UpstreamFault quota(int status) {
        return new UpstreamFault(
                Kind.REFUSED, status, "insufficient_quota", "insufficient_quota", null, "no money", true);
    }

    static UpstreamFault of(Kind kind, int status, boolean retryable) {
        return new UpstreamFault(kind, status, "server_error", kind + "_" + status, null, "it failed", retryable);
    }
}
