package dev.antiphon.session;

import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.usage.ResponseUsage;
import org.jspecify.annotations.Nullable;

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
     * @param timeline its own, no longer written to but for {@code CANCEL_FLUSHED}
     */
    void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline);

    /**
     * Of an answer that was cut, after {@link #onTurnEnded}: the client's socket has taken the last of it.
     *
     * @param timeline the same, with {@code CANCEL_FLUSHED}
     */
    default void onCancelFlushed(TurnTimeline timeline) {}

    /**
     * A response or a transcription has cost something, or it is known better now how much of it was heard.
     *
     * @param before what was said of the same one earlier and no longer counts; null: this is the first word on it
     */
    default void onUsage(ResponseUsage usage, @Nullable ResponseUsage before) {}
}
