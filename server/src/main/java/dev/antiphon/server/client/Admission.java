package dev.antiphon.server.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may open a session: asked once for each connection, before anything is upgraded or allocated for it.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
public interface Admission {
    /** Everybody may. */
    Admission OPEN = applicant -> Optional.empty();

    /** @return why not; empty: welcome */
    Optional<Refusal> refusalOf(Applicant applicant);

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

    /**
     * An HTTP error in the shape of the OpenAI API.
     *
     * @param type {@code error.type}
     * @param code {@code error.code}
     */
    record Refusal(int httpStatus, String type, String code, String message) {
        public static final Refusal BAD_KEY =
                new Refusal(401, "invalid_request_error", "invalid_api_key", "Incorrect or missing API key.");
        public static final Refusal BAD_ORIGIN =
                new Refusal(403, "invalid_request_error", "origin_not_allowed", "This origin is not allowed.");
        public static final Refusal OVERLOADED =
                new Refusal(503, "server_error", "overloaded", "No session can be opened right now.");
    }
}
