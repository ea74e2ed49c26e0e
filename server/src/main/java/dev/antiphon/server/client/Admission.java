package dev.antiphon.server.client;

import dev.antiphon.session.SessionSettings;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Who may open a session or ask for anything else: asked once for each request, before anything is upgraded or allocated
 * for it.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
public interface Admission {
    /** Everybody may. */
    Admission OPEN = applicant -> Welcome.ANYONE;

    Verdict verdictOn(Applicant applicant);

    /** What to ask about those who would live on this event loop; called on it. */
    default Admission on(EventLoop loop) {
        return this;
    }

    /**
     * Who asks.
     *
     * @param origin the page a browser runs; null: not a browser
     * @param host the {@code Host} the request was made to
     * @param apiKey null: none given
     */
    record Applicant(
            String path,
            @Nullable String origin,
            String host,
            @Nullable String apiKey) {
        /** Without the key: it must not reach a log. */
        @Override
        public String toString() {
            return "Applicant[path=" + path + ", origin=" + origin + ", host=" + host + ", apiKey="
                    + (apiKey == null ? "none" : "given") + "]";
        }
    }

    /** Welcome or refused. */
    sealed interface Verdict {}

    /**
     * The applicant may come in.
     *
     * @param client whose key it was, as it may stand in a log; never the key itself
     * @param bound what the session starts with, because the key is an ephemeral one that was made for it; null: the key
     *     is a client's own, or none is needed
     */
    record Welcome(String client, @Nullable SessionSettings bound) implements Verdict {
        /** Where no key is needed. */
        public static final Welcome ANYONE = new Welcome("anyone", null);
    }

    /**
     * An HTTP error in the shape of the OpenAI API.
     *
     * @param type {@code error.type}
     * @param code {@code error.code}; null: none
     * @param param path of the field at fault; null: no single field
     * @param retryAfterSeconds told where the status asks the client to come back: 429 and 503
     */
    record Refusal(
            int httpStatus,
            String type,
            @Nullable String code,
            String message,
            @Nullable String param,
            int retryAfterSeconds)
            implements Verdict {
        private static final int USUAL_RETRY_AFTER_SECONDS = 10;

        public static final Refusal BAD_KEY =
                new Refusal(401, "invalid_request_error", "invalid_api_key", "Incorrect or missing API key.");
        public static final Refusal BAD_ORIGIN =
                new Refusal(403, "invalid_request_error", "origin_not_allowed", "This origin is not allowed.");
        public static final Refusal OVERLOADED =
                new Refusal(503, "server_error", "overloaded", "The gateway is overloaded right now.");

        public Refusal(int httpStatus, String type, @Nullable String code, String message) {
            this(httpStatus, type, code, message, null);
        }

        public Refusal(int httpStatus, String type, @Nullable String code, String message, @Nullable String param) {
            this(httpStatus, type, code, message, param, USUAL_RETRY_AFTER_SECONDS);
        }

        public Refusal withRetryAfterSeconds(int seconds) {
            return new Refusal(httpStatus, type, code, message, param, seconds);
        }
    }
}
