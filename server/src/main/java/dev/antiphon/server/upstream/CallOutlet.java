package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamFault;
import java.util.List;

/**
 * The one who asked, as a call sees him: hears what the decoder of the response cannot know, and is told when there is
 * something new.
 *
 * <p>Threading: called on the call's event loop.
 */
interface CallOutlet {
    void onStage(Stage stage, long atNanos);

    /** @param rateLimits not empty */
    void onRateLimits(List<RateLimit> rateLimits);

    /** What the provider calls the exchange, fit for a log. */
    default void onRequestId(String requestId) {}

    /** The last word, where the response has none. */
    void onFault(UpstreamFault fault);

    /** Whether to stop reading until {@link UpstreamCall#resumeReads}. */
    boolean isFull();

    /** Something was heard since the last time. Anything may be done from here, even cancel the call. */
    void tellNews();
}
