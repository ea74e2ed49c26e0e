package dev.antiphon.session;

import dev.antiphon.metrics.TurnTimeline;

/**
 * Sees each turn when its answer is over: the source of receipts, metrics and the load report.
 *
 * <p>Threading: called by the session, on its thread.
 */
@FunctionalInterface
public interface TurnObserver {
    TurnObserver NONE = (response, timeline) -> {};

    /**
     * The answer is over, {@code response.done} has been sent.
     *
     * @param timeline its own, no longer written to
     */
    void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline);
}
