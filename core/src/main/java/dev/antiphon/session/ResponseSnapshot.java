package dev.antiphon.session;

import dev.antiphon.conversation.Item;
import dev.antiphon.upstream.Usage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A response as the client sees it at one moment.
 *
 * <p>Threading: immutable.
 *
 * @param settings the frozen settings of the session it started with
 * @param usage null: not known yet; always set when the response is done
 */
public record ResponseSnapshot(
        Identity identity,
        Outcome outcome,
        List<Item> output,
        SessionSettings settings,
        @Nullable Usage usage) {

    public ResponseSnapshot {
        output = List.copyOf(output);
    }

    /**
     * @param conversationId null: out of band
     * @param metadata echoed from the client; empty: none
     */
    public record Identity(String responseId, @Nullable String conversationId, Map<String, String> metadata) {}

    /** Status and what explains it. */
    public enum Status {
        IN_PROGRESS,
        COMPLETED,
        CANCELLED,
        FAILED,
        INCOMPLETE
    }

    /** {@code status_details.reason}. */
    public enum Reason {
        TURN_DETECTED,
        CLIENT_CANCELLED,
        MAX_OUTPUT_TOKENS,
        CONTENT_FILTER
    }

    /**
     * @param reason set for CANCELLED and INCOMPLETE
     * @param error set for FAILED
     */
    public record Outcome(
            Status status,
            @Nullable Reason reason,
            @Nullable Failure error) {
        public static final Outcome IN_PROGRESS = new Outcome(Status.IN_PROGRESS, null, null);
        public static final Outcome COMPLETED = new Outcome(Status.COMPLETED, null, null);
    }

    /** @param code null: the provider gave none */
    public record Failure(String type, @Nullable String code, String message) {}
}
