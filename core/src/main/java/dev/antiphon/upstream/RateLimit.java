package dev.antiphon.upstream;

/**
 * What is left of one of the provider's limits, as its {@code x-ratelimit-…} headers say.
 *
 * <p>Threading: immutable.
 *
 * @param name {@code requests} or {@code tokens}
 * @param resetSeconds until the whole limit is there again
 */
public record RateLimit(String name, long limit, long remaining, double resetSeconds) {}
