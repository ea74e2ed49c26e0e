package dev.antiphon.server.config;

import dev.antiphon.server.overload.OverloadLimits;
import dev.antiphon.server.transport.Transport;
import io.netty.util.NettyRuntime;
import java.util.concurrent.TimeUnit;

/**
 * The event loops that all connections live on.
 *
 * <p>Threading: immutable.
 *
 * @param count 0: one for each core
 * @param maxLagMillis how late a loop may be, in the mean of about a second, before new sessions and requests on it are
 *     refused; 0: not for that
 * @param maxLoadPercent what share of its time a loop may work for sessions, with what those that are open but have not
 *     spoken yet are expected to need, before new ones are refused; 0: not for that
 */
public record LoopSettings(Transport transport, int count, int maxLagMillis, int maxLoadPercent) {
    public static final int DEFAULT_MAX_LAG_MILLIS = 20;
    public static final int DEFAULT_MAX_LOAD_PERCENT = 60;

    public LoopSettings {
        if (count < 0) throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
        if (maxLagMillis < 0) throw new IllegalArgumentException("maxLagMillis: " + maxLagMillis + " (expected: >= 0)");
        if (maxLoadPercent < 0 || maxLoadPercent > 100) {
            throw new IllegalArgumentException("maxLoadPercent: " + maxLoadPercent + " (expected: 0 to 100)");
        }
    }

    /** When a loop takes nobody new. */
    public OverloadLimits limits() {
        return new OverloadLimits(
                TimeUnit.MILLISECONDS.toNanos(maxLagMillis), maxLoadPercent / 100.0, OverloadLimits.FEW_CLIENTS);
    }

    /** More threads than cores only take each other's place: at 750 callers on one core, two cost a seventh more than one. */
    public int threads() {
        return count == 0 ? NettyRuntime.availableProcessors() : count;
    }

    /** As many as is usual, on the best transport there is. */
    public static LoopSettings usual() {
        return new LoopSettings(Transport.best(), 0, DEFAULT_MAX_LAG_MILLIS, DEFAULT_MAX_LOAD_PERCENT);
    }
}
