package dev.antiphon.server.rest;

import dev.antiphon.upstream.Usage;

/**
 * Told what each answer over plain HTTP cost.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
public interface UsageSink {
    /** Nobody counts. */
    UsageSink NONE = (client, model, usage, outcome) -> {};

    /**
     * Called once for each request that reached a model.
     *
     * @param client whose key it was
     * @param model as the client named it
     * @param usage {@link Usage#NONE} where the provider did not say, as it cannot where nobody waited for its end
     */
    void onAnswered(String client, String model, Usage usage, Outcome outcome);

    /** How an answer ended. */
    enum Outcome {
        COMPLETED,
        /** The model broke off, or what it said was unusable. */
        FAILED,
        /** The client went before the end. */
        ABANDONED
    }
}
