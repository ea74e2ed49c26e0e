package dev.antiphon.server.client;

import dev.antiphon.time.NanoClock;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happens on a channel's loop at a moment that may be moved; nothing is scheduled while it is not set.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Wake {
    private final Channel channel;
    private final NanoClock clock;
    private final LongConsumer task;
    private @Nullable ScheduledFuture<?> pending; // null: not set

    /** @param task is told the time; what it throws goes to the channel's top handler */
    Wake(Channel channel, NanoClock clock, LongConsumer task) {
        this.channel = channel;
        this.clock = clock;
        this.task = task;
    }

    boolean isSet() {
        return pending != null;
    }

    void set(long atNanos) {
        cancel();
        long delayNanos = Math.max(0, atNanos - clock.nanoTime());
        pending = channel.eventLoop().schedule(this::onTime, delayNanos, TimeUnit.NANOSECONDS);
    }

    void cancel() {
        if (pending != null) pending.cancel(false);
        pending = null;
    }

    private void onTime() {
        pending = null;
        try {
            task.accept(clock.nanoTime());
        } catch (RuntimeException | Error e) {
            // A scheduled task swallows what it throws; the channel's top handler must see it.
            channel.pipeline().fireExceptionCaught(e);
        }
    }
}
