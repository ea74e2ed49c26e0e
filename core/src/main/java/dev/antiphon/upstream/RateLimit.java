package dev.antiphon.upstream;

/**
 * What is left of one of the provider's limits, as its {@code x-ratelimit-…} headers say.
 *
 * <p>Threading: immutable.
 *
 * @param name {@code requests} or {@code tokens}
 * @param resetSeconds until the whole limit is there again; 0 where the provider does not say (Azure)
 */
public record RateLimit(String name, long limit, long remaining, double resetSeconds) {}
