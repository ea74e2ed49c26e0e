package dev.antiphon.bench.suite;

import org.jspecify.annotations.Nullable;

/**
 * Which point is next.
 *
 * <p>Threading: confined to its caller.
 */
interface Schedule {
    /** @return null: that was all */
    @Nullable
    Point next();

    /** @param held whether the point of the last {@link #next} kept its promises: tail, late pieces, failures */
    void onMeasured(Point point, boolean held);

    /** How many are still to come, or about how many. */
    int left();
}
