package dev.antiphon.usage;

import org.jspecify.annotations.Nullable;

/**
 * Hears what everything costs.
 *
 * <p>Threading: called on event loops; must not block.
 */
@FunctionalInterface
public interface UsageObserver {
    UsageObserver NONE = (usage, before) -> {};

    /**
     * @param before what was said of the same response earlier and no longer counts: more is known now of what was heard;
     *     null: this is the first word on it
     */
    void onUsage(ResponseUsage usage, @Nullable ResponseUsage before);
}
