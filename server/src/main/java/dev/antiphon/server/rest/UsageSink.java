package dev.antiphon.server.rest;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.usage.TokenCounts;

/**
 * Told what each answer over plain HTTP cost.
 *
 * <p>Threading: thread-safe; called on event loops, must not block.
 */
@FunctionalInterface
public interface UsageSink {
    /** Nobody counts. */
    UsageSink NONE = (client, model, cost, outcome) -> {};

    /**
     * Called once for each request that reached a model.
     *
     * @param client whose key it was
     * @param model as the client named it
     */
    void onAnswered(String client, String model, Cost cost, Outcome outcome);

    /** Who is told what answers cost beside their completion, where they take more than one model. */
    default CascadeCosts stagesOf(String client) {
        return CascadeCosts.NONE;
    }

    /** @param isEstimated the provider did not say, as it cannot where nobody waited for its end */
    record Cost(TokenCounts tokens, boolean isEstimated) {}

    /** How an answer ended. */
    enum Outcome {
        COMPLETED,
        /** The model broke off, or what it said was unusable. */
        FAILED,
        /** The model refused, or never heard of it: that costs nothing. */
        REFUSED,
        /** The client went before the end. */
        ABANDONED;

        /** How an answer ends with a fault before anything of it has come. */
        public static Outcome of(UpstreamFault fault) {
            return switch (fault.kind()) {
                case REFUSED, UNREACHABLE -> REFUSED;
                default -> FAILED;
            };
        }
    }
}
