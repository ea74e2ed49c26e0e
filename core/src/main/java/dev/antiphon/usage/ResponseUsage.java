package dev.antiphon.usage;

import org.jspecify.annotations.Nullable;

/**
 * What one response, transcription or REST request cost.
 *
 * <p>Threading: immutable.
 *
 * @param id {@code resp_…} of a session, the item's of a transcription, the completion's of a REST request
 * @param conversationId null: it belongs to none
 * @param model as the client names it
 * @param isEstimated the provider never said: it was cut off, or it failed
 * @param isAnswer of a model that answers; otherwise it wrote down what was said, or spoke a text
 */
public record ResponseUsage(
        String id,
        @Nullable String conversationId,
        String model,
        UsageSplit tokens,
        boolean isEstimated,
        boolean isAnswer) {

    /** Of a model that answers. */
    public ResponseUsage(
            String id, @Nullable String conversationId, String model, UsageSplit tokens, boolean isEstimated) {
        this(id, conversationId, model, tokens, isEstimated, true);
    }
}
