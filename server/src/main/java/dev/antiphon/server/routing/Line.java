package dev.antiphon.server.routing;

import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.upstream.Models;

/**
 * The way to one server, with what is known of its health.
 *
 * <p>Threading: thread-safe.
 */
final class Line {
    private final Upstream upstream;
    private final Models models;
    private final CircuitBreaker breaker;
    private final RetryBudget retries = new RetryBudget();

    Line(Upstream upstream, Models models) {
        this.upstream = upstream;
        this.models = models;
        breaker = new CircuitBreaker(upstream.name(), upstream.breakerFailures());
    }

    Upstream upstream() {
        return upstream;
    }

    Models models() {
        return models;
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    RetryBudget retries() {
        return retries;
    }

    @Override
    public String toString() {
        return upstream.name();
    }
}
