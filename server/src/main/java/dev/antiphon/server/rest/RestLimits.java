package dev.antiphon.server.rest;

/**
 * What a client may take of us with plain HTTP.
 *
 * <p>Threading: immutable.
 *
 * @param maxRequestsPerKey under way at the same time
 * @param stalledMillis how long a client may take nothing of an answer that waits for it
 */
public record RestLimits(int maxRequestsPerKey, long stalledMillis) {
    public static final RestLimits DEFAULT = new RestLimits(64, 30_000);

    public RestLimits {
        if (maxRequestsPerKey < 1) {
            throw new IllegalArgumentException("maxRequestsPerKey: " + maxRequestsPerKey + " (expected: > 0)");
        }
        if (stalledMillis < 1) {
            throw new IllegalArgumentException("stalledMillis: " + stalledMillis + " (expected: > 0)");
        }
    }
}
