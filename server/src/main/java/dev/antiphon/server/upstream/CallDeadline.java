package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One moment a call must not pass, which mostly moves on: the timer that is set looks again when it fires, so that a read
 * costs one field.
 *
 * <p>Threading: confined to its event loop.
 */
final class CallDeadline {
    private final EventLoop loop;
    private final NanoClock clock;
    private final Runnable onPassed;

    private @Nullable ScheduledFuture<?> timer; // null: none pending
    private long timerNanos; // when it will look
    private long deadlineNanos; // what it will look at

    CallDeadline(EventLoop loop, NanoClock clock, Runnable onPassed) {
        this.loop = loop;
        this.clock = clock;
        this.onPassed = onPassed;
    }

    void set(long atNanos) {
        deadlineNanos = atNanos;
        ScheduledFuture<?> pending = timer;
        if (pending != null && timerNanos - atNanos <= 0) return;
        if (pending != null) pending.cancel(false);
        timerNanos = atNanos;
        timer = loop.schedule(this::look, Math.max(0, atNanos - clock.nanoTime()), TimeUnit.NANOSECONDS);
    }

    void setInMillis(int millis) {
        set(clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    void stop() {
        if (timer != null) timer.cancel(false);
        timer = null;
    }

    private void look() {
        timer = null;
        if (deadlineNanos - clock.nanoTime() > 0) set(deadlineNanos);
        else onPassed.run();
    }
}
