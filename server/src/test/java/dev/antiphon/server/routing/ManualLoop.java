package dev.antiphon.server.routing;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;

/**
 * An event loop whose time is turned by hand, and a clock that goes with it.
 *
 * <p>Threading: confined to the test's thread.
 */
final class ManualLoop implements NanoClock {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private long nowNanos = 1_000_000;

    ManualLoop() {
        channel.freezeTime();
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    void advanceMillis(long millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        settle();
    }

    /** Does what is due. */
    void settle() {
        channel.runPendingTasks();
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }
}
