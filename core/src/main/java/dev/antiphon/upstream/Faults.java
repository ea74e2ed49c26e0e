package dev.antiphon.upstream;

import dev.antiphon.upstream.UpstreamFault.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The faults a reply can end in, where the provider gave no words of its own.
 *
 * <p>Threading: stateless.
 */
final class Faults {
    static final String SERVER_ERROR = "server_error";
    private static final String INVALID_REQUEST_ERROR = "invalid_request_error";
    private static final int HTTP_OK = 200;

    private Faults() {}

    /** Status 200, but not what was asked for. */
    static UpstreamFault invalid(String message) {
        return new UpstreamFault(Kind.INVALID, HTTP_OK, SERVER_ERROR, "upstream_invalid", null, message, false);
    }

    static UpstreamFault unexpectedStatus(int httpStatus) {
        String message = "the model answered with status " + httpStatus + " (expected: 200)";
        return new UpstreamFault(Kind.INVALID, httpStatus, SERVER_ERROR, "upstream_invalid", null, message, false);
    }

    static UpstreamFault truncated(int httpStatus, String message, boolean nothingWasSaid) {
        return new UpstreamFault(
                Kind.TRUNCATED, httpStatus, SERVER_ERROR, "upstream_truncated", null, message, nothingWasSaid);
    }

    /** {@code finish_reason:"error"} without any word about it. */
    static UpstreamFault brokenOff(boolean nothingWasSaid) {
        String message = "the model's provider broke the answer off";
        return new UpstreamFault(Kind.REPORTED, HTTP_OK, SERVER_ERROR, null, null, message, nothingWasSaid);
    }

    /** Where the provider has no {@code error.type}. */
    static String typeOf(int httpStatus) {
        return httpStatus >= 400 && httpStatus < 500 ? INVALID_REQUEST_ERROR : SERVER_ERROR;
    }

    /** As the official clients do: timeouts, conflicts, rate limits and the server's own faults, but not an empty purse. */
    static boolean mayBeRetried(int httpStatus, @Nullable String type, @Nullable String code) {
        if ("insufficient_quota".equals(type) || "insufficient_quota".equals(code)) return false;
        return httpStatus == 408 || httpStatus == 409 || httpStatus == 429 || httpStatus >= 500;
    }
}
