package dev.antiphon.session;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyListener;
import java.util.List;

/**
 * Where a model's reply enters a session: the producer's end of the downlink queue. The upstream side calls it as bytes
 * arrive, then tells the session that there is something to read ({@link Session#onReplyReadable}).
 *
 * <p>Threading: one producer (the thread of the upstream connection).
 */
public interface ReplyInlet extends ReplyListener {
    /** A stage of the turn that only the upstream side can see. */
    void onStage(Stage stage, long atNanos);

    /** What the head of the response says of the provider's limits; not called where it says nothing. */
    void onRateLimits(List<RateLimit> rateLimits);

    /** Whether the queue is full: stop reading until {@link UpstreamCalls.Call#resumeReads}. */
    boolean isFull();
}
