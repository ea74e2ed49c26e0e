package dev.antiphon.upstream;

import org.jspecify.annotations.Nullable;

/**
 * How a model failed to answer. It ends the reply, never the session.
 *
 * <p>Threading: immutable.
 *
 * @param kind what happened, in our words
 * @param httpStatus the provider's status; 0: there was none
 * @param type the provider's {@code error.type}, or ours where it has none: {@code server_error}, …
 * @param code the provider's {@code error.code} as text; null: it gave none
 * @param param the provider's {@code error.param}: what of the request it complains of, such as
 *     {@code content.messages[2].audio.id}, masked like the message; null: it named nothing
 * @param message for the client: the provider's sentence with anything that looks like a key masked
 * @param retry whether and when the same request may succeed
 */
public record UpstreamFault(
        Kind kind,
        int httpStatus,
        String type,
        @Nullable String code,
        @Nullable String param,
        String message,
        Retry retry) {

    /** Without a word of the provider's on when. */
    public UpstreamFault(
            Kind kind,
            int httpStatus,
            String type,
            @Nullable String code,
            @Nullable String param,
            String message,
            boolean retryable) {
        this(kind, httpStatus, type, code, param, message, retryable ? Retry.SOON : Retry.NEVER);
    }

    /** The same request may succeed when sent again, and nothing of the answer has been used. */
    public boolean retryable() {
        return retry.isWorthwhile();
    }

    public UpstreamFault withRetry(Retry newRetry) {
        return new UpstreamFault(kind, httpStatus, type, code, param, message, newRetry);
    }

    /**
     * Whether to ask again.
     *
     * @param isWorthwhile the same request may succeed when sent again, and nothing of the answer has been used
     * @param afterMillis how long the provider wants to be left alone first; negative: it did not say
     */
    public record Retry(boolean isWorthwhile, long afterMillis) {
        public static final Retry NEVER = new Retry(false, -1);
        public static final Retry SOON = new Retry(true, -1);
    }

    /** What happened. */
    public enum Kind {
        /** No connection: refused, unreachable, timed out, TLS refused. */
        UNREACHABLE,
        /** A status of 300 or more. */
        REFUSED,
        /** A deadline passed: first byte, gap between bytes, whole turn. */
        TIMEOUT,
        /** The stream ended or broke before the answer was complete. */
        TRUNCATED,
        /** Status 200, but not what was asked for: HTML, broken JSON, an event over the limit, bad base64. */
        INVALID,
        /** The provider reported an error inside the stream. */
        REPORTED
    }
}
