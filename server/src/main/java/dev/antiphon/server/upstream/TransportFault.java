package dev.antiphon.server.upstream;

import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.proxy.ProxyConnectException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the connection itself may do to a reply, in words for the client: neither host nor address nor anything the
 * server sent is in them.
 */
final class TransportFault {
    private TransportFault() {}

    /** @param cause why no connection came about */
    static UpstreamFault unreachable(@Nullable Throwable cause) {
        // A certificate that is refused now is refused again, and there is no weaker way to try.
        boolean retryable = !(cause instanceof SSLException);
        return fault(Kind.UNREACHABLE, 0, "the model's server could not be reached: " + reason(cause), retryable);
    }

    /** @param cause why there is no token to sign the request with; its words are for the log */
    static UpstreamFault unsigned(@Nullable Throwable cause) {
        String message = "the gateway could not sign in with the model's provider";
        if (!(cause instanceof TokenRefusedException refused)) return fault(Kind.UNREACHABLE, 0, message, true);
        int status = refused.httpStatus();
        return new UpstreamFault(
                Kind.REFUSED,
                status,
                "server_error",
                "upstream_sign_in_failed",
                null,
                message,
                status == 429 || status >= 500);
    }

    static UpstreamFault silentBeforeHead() {
        return fault(Kind.TIMEOUT, 0, "the model's server did not answer in time", true);
    }

    static UpstreamFault silentMidReply(int httpStatus) {
        return fault(Kind.TIMEOUT, httpStatus, "the model's server fell silent in the middle of its answer", false);
    }

    /** @param retryable it was the first connection to do so */
    static UpstreamFault closedBeforeHead(boolean retryable) {
        return fault(Kind.TRUNCATED, 0, "the model's server closed the connection before it answered", retryable);
    }

    /** @param what of the response breaks HTTP or what we asked for */
    static UpstreamFault invalid(int httpStatus, String what) {
        return fault(Kind.INVALID, httpStatus, "the model's server sent an unusable response: " + what, false);
    }

    /** The gateway's own fault; the log has it in full. */
    static UpstreamFault ours(int httpStatus) {
        return fault(Kind.INVALID, httpStatus, "the model's answer could not be processed", false);
    }

    private static UpstreamFault fault(Kind kind, int httpStatus, String message, boolean retryable) {
        String code = switch (kind) {
            case UNREACHABLE -> "upstream_unreachable";
            case TIMEOUT -> "upstream_timeout";
            case TRUNCATED -> "upstream_truncated";
            case REFUSED, INVALID, REPORTED -> "upstream_invalid";
        };
        return new UpstreamFault(kind, httpStatus, "server_error", code, null, message, retryable);
    }

    private static String reason(@Nullable Throwable cause) {
        // Netty's are ConnectExceptions too, so they are asked first.
        if (cause instanceof ProxyConnectException) return "no way through the proxy";
        if (cause instanceof ConnectTimeoutException) return "no connection in time";
        if (cause instanceof ConnectException) return "connection refused";
        if (cause instanceof UnknownHostException) return "no such host";
        if (cause instanceof SSLException) return "TLS handshake failed";
        return "connection failed";
    }
}
