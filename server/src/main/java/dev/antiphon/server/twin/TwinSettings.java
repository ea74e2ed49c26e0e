package dev.antiphon.server.twin;

import dev.antiphon.server.twin.script.Pace;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How the embedded model behaves.
 *
 * <p>Threading: immutable.
 *
 * @param port on loopback; 0: any free one
 * @param apiKey the only key that is accepted; null: any, or none
 * @param seed of all ids and paddings: equal seeds and requests make equal streams
 */
public record TwinSettings(int port, Pace pace, @Nullable String apiKey, Memory memory, long seed) {

    /**
     * What is remembered of earlier answers.
     *
     * @param audioIdSeconds how long an audio id may be quoted after its answer began
     * @param clock wall time, for {@code created} and {@code expires_at}
     */
    public record Memory(long audioIdSeconds, Clock clock) {
        public Memory {
            if (audioIdSeconds <= 0) {
                throw new IllegalArgumentException("audioIdSeconds: " + audioIdSeconds + " (expected: > 0)");
            }
        }

        long nowUnixSeconds() {
            return clock.instant().getEpochSecond();
        }
    }

    public TwinSettings {
        if (port < 0 || port > 65_535) throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        if (apiKey != null && apiKey.isEmpty()) throw new IllegalArgumentException("apiKey: empty (expected: a key)");
    }

    /** Any port, 300 ms to the first sound, then four times faster than real time, no key, ids live an hour. */
    public static TwinSettings defaults() {
        return new TwinSettings(
                0,
                new Pace(300, 4),
                null,
                new Memory(TimeUnit.HOURS.toSeconds(1), Clock.systemUTC()),
                new SecureRandom().nextLong());
    }

    public TwinSettings withPort(int newPort) {
        return new TwinSettings(newPort, pace, apiKey, memory, seed);
    }

    public TwinSettings withPace(long timeToFirstAudioMillis, double realTimeFactor) {
        return new TwinSettings(port, new Pace(timeToFirstAudioMillis, realTimeFactor), apiKey, memory, seed);
    }

    /** @param newApiKey null: any key, or none */
    public TwinSettings withApiKey(@Nullable String newApiKey) {
        return new TwinSettings(port, pace, newApiKey, memory, seed);
    }

    public TwinSettings withMemory(long audioIdSeconds, Clock clock) {
        return new TwinSettings(port, pace, apiKey, new Memory(audioIdSeconds, clock), seed);
    }

    public TwinSettings withSeed(long newSeed) {
        return new TwinSettings(port, pace, apiKey, memory, newSeed);
    }
}
