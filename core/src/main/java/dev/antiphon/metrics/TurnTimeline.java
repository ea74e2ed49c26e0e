package dev.antiphon.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * When each {@link Stage} of one spoken turn happened, on the monotonic clock.
 *
 * <p>The first stamp of a stage counts; later ones are ignored, so whoever sees a stage may stamp it without asking.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class TurnTimeline {
    private final Map<Stage, Long> atNanos = new EnumMap<>(Stage.class);

    public void mark(Stage stage, long nanos) {
        atNanos.putIfAbsent(stage, nanos);
    }

    public boolean isMarked(Stage stage) {
        return atNanos.containsKey(stage);
    }

    /** Nanoseconds from one stage to another; empty where either was not reached. Negative if they came in reverse. */
    public OptionalLong nanosBetween(Stage from, Stage to) {
        Long start = atNanos.get(from);
        Long end = atNanos.get(to);
        return start == null || end == null ? OptionalLong.empty() : OptionalLong.of(end - start);
    }

    /** Milliseconds of each stage since the first one that was reached. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("TurnTimeline");
        Long origin = null;
        for (Map.Entry<Stage, Long> mark : atNanos.entrySet()) {
            if (origin == null) origin = mark.getValue();
            long millis = TimeUnit.NANOSECONDS.toMillis(mark.getValue() - origin);
            text.append(' ').append(mark.getKey()).append("=+").append(millis).append("ms");
        }
        return text.toString();
    }
}
