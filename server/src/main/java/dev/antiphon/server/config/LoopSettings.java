package dev.antiphon.server.config;

import dev.antiphon.server.transport.Transport;
import io.netty.util.NettyRuntime;

/**
 * The event loops that all connections live on.
 *
 * <p>Threading: immutable.
 *
 * @param count 0: one for each core
 * @param maxLagMillis how late a loop may be, in the mean of about a second, before new sessions and requests on it are
 *     refused; 0: they never are
 */
public record LoopSettings(Transport transport, int count, int maxLagMillis) {
    public static final int DEFAULT_MAX_LAG_MILLIS = 20;

    public LoopSettings {
        if (count < 0) throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
        if (maxLagMillis < 0) throw new IllegalArgumentException("maxLagMillis: " + maxLagMillis + " (expected: >= 0)");
    }

    /** More threads than cores only take each other's place: at 750 callers on one core, two cost a seventh more than one. */
    public int threads() {
        return count == 0 ? NettyRuntime.availableProcessors() : count;
    }

    /** As many as is usual, on the best transport there is. */
    public static LoopSettings usual() {
        return new LoopSettings(Transport.best(), 0, DEFAULT_MAX_LAG_MILLIS);
    }
}
