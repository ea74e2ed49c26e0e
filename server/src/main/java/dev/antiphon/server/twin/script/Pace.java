package dev.antiphon.server.twin.script;

import java.util.concurrent.TimeUnit;

/**
 * How fast answers are made.
 *
 * <p>Threading: immutable.
 *
 * @param timeToFirstAudioMillis from the last byte of the request to the first sound; also to the first written word
 * @param realTimeFactor seconds of speech that are made in one second, after the first sound
 */
public record Pace(long timeToFirstAudioMillis, double realTimeFactor) {
    public Pace {
        if (timeToFirstAudioMillis < 0) {
            throw new IllegalArgumentException(
                    "timeToFirstAudioMillis: " + timeToFirstAudioMillis + " (expected: >= 0)");
        }
        if (!(realTimeFactor > 0)) {
            throw new IllegalArgumentException("realTimeFactor: " + realTimeFactor + " (expected: > 0)");
        }
    }

    long timeToFirstAudioNanos() {
        return TimeUnit.MILLISECONDS.toNanos(timeToFirstAudioMillis);
    }

    /** When so much speech has been made, counted from the arrival of the request; the first sound is none. */
    public long dueNanos(long speechNanos) {
        return timeToFirstAudioNanos() + (long) (speechNanos / realTimeFactor);
    }
}
