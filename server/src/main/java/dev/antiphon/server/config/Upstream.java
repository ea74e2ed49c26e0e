package dev.antiphon.server.config;

import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.UpstreamSettings;
import org.jspecify.annotations.Nullable;

/**
 * One of the servers that models are asked at.
 *
 * <p>Threading: immutable.
 *
 * @param name by which routes, logs and metrics know it
 * @param model asked for where a route names none; null: as the client names it
 * @param weight its share among servers of one rank
 * @param firstAudioMillis from the start of a call to the first sound that can be heard, where speech was asked for
 * @param breakerFailures in ten seconds, after which it is left alone for a while; 0: it never is
 */
public record Upstream(
        String name, Server server, @Nullable String model, int weight, int firstAudioMillis, int breakerFailures) {

    public static final int DEFAULT_WEIGHT = 1;
    public static final int DEFAULT_FIRST_AUDIO_MILLIS = 10_000;
    public static final int DEFAULT_BREAKER_FAILURES = 5;

    /** What it is. */
    public sealed interface Server {
        /** A server of its own. */
        record Remote(UpstreamSettings settings) implements Server {}

        /** The model inside this process. */
        record Embedded(TwinSettings settings) implements Server {}
    }

    public Upstream {
        if (weight <= 0 || firstAudioMillis <= 0 || breakerFailures < 0) {
            throw new IllegalArgumentException("weight: " + weight + ", firstAudioMillis: " + firstAudioMillis
                    + ", breakerFailures: " + breakerFailures + " (expected: > 0, > 0, >= 0)");
        }
    }

    /** @param model null: as the client names it */
    public static Upstream of(String name, Server server, @Nullable String model) {
        return new Upstream(name, server, model, DEFAULT_WEIGHT, DEFAULT_FIRST_AUDIO_MILLIS, DEFAULT_BREAKER_FAILURES);
    }
}
