package dev.antiphon.upstream;

import dev.antiphon.metrics.Stage;
import java.util.List;

/**
 * Where a model's reply enters the one who asked, in a session the producer's end of the downlink queue. The upstream side
 * calls it as bytes arrive, then tells the one who asked that there is something to read.
 *
 * <p>Threading: one producer (the thread of the upstream connection).
 */
public interface ReplyInlet extends ReplyListener {
    /** A stage of the turn that only the upstream side can see. */
    void onStage(Stage stage, long atNanos);

    /** What the head of the response says of the provider's limits; not called where it says nothing. */
    void onRateLimits(List<RateLimit> rateLimits);

    /** What the provider calls this exchange, to be logged with the turn; not called where it gives it no name. */
    default void onRequestId(String requestId) {}

    /** Whether the queue is full: stop reading until {@link UpstreamCalls.Call#resumeReads}. */
    boolean isFull();
}
