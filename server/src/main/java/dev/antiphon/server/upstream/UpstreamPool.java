package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop that carry no call: the ones used last are used next, and a few are opened ahead of
 * any call (the warm ones), so that a turn pays neither for TCP nor for TLS.
 *
 * <p>A warm connection that cannot be opened, or that the server closes before it carried a call, is tried again after a
 * pause that doubles from one second to half a minute.
 *
 * <p>Threading: confined to its event loop.
 */
final class UpstreamPool {
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final EventLoop loop;
    private final UpstreamConnector connector;
    private final UpstreamSettings.Pooling pooling;
    private final NanoClock clock;
    private final long idleLifeNanos;

    private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>(); // ascending by idleSinceNanos
    private int opening; // warm connections on their way
    private long pauseMillis; // 0: no attempt has failed since a call took a connection
    private @Nullable ScheduledFuture<?> pause; // null: none under way
    private boolean isClosed;
    private @Nullable ScheduledFuture<?> sweep; // null: nothing idle

    UpstreamPool(EventLoop loop, UpstreamConnector connector, UpstreamSettings.Pooling pooling, NanoClock clock) {
        this.loop = loop;
        this.connector = connector;
        this.pooling = pooling;
        this.clock = clock;
        idleLifeNanos = TimeUnit.MILLISECONDS.toNanos(pooling.idleLifeMillis());
    }

    /** Opens the warm connections that are missing. */
    void replenish() {
        assert loop.inEventLoop();
        while (!isClosed && pause == null && idle.size() + opening < pooling.warm()) openWarm();
    }

    /** The connection that has been idle for the shortest time, given; null: none is idle, {@link #connect} then. */
    @Nullable
    UpstreamConnection take() {
        assert loop.inEventLoop();
        UpstreamConnection connection = takeOpen();
        if (connection == null) return null;
        pauseMillis = 0;
        // After the request has gone out: a handshake must not stand before it.
        loop.execute(this::replenish);
        return connection;
    }

    /** A new connection for one call; see {@link UpstreamConnector#connect}. */
    Promise<UpstreamConnection> connect() {
        return connector.connect(loop);
    }

    /** @param connection taken: kept for the next call, or closed */
    void giveBack(UpstreamConnection connection) {
        assert loop.inEventLoop();
        if (isClosed || !connection.isOpen() || idle.size() >= pooling.maxIdle()) {
            connection.abort();
            return;
        }
        connection.keep(this, clock.nanoTime());
        idle.addLast(connection);
        scheduleSweep();
    }

    /** A connection that this pool keeps was closed. */
    void onClosed(UpstreamConnection connection) {
        if (!idle.remove(connection) || isClosed) return;
        // A server that hangs up on silent connections would otherwise be called again and again.
        if (connection.hasCarried()) replenish();
        else replenishLater();
    }

    int idleConnections() {
        return idle.size();
    }

    /** Closes what is idle; connections with a call end with it. */
    void close() {
        assert loop.inEventLoop();
        isClosed = true;
        for (UpstreamConnection connection; (connection = idle.pollLast()) != null; ) connection.abort();
        if (sweep != null) sweep.cancel(false);
        if (pause != null) pause.cancel(false);
    }

    private @Nullable UpstreamConnection takeOpen() {
        long nowNanos = clock.nanoTime();
        for (UpstreamConnection connection; (connection = idle.pollLast()) != null; ) {
            if (connection.isOpen() && nowNanos - connection.idleSinceNanos() < idleLifeNanos) return connection;
            connection.abort();
        }
        return null;
    }

    private void openWarm() {
        opening++;
        connector.connect(loop).addListener(opened -> {
            opening--;
            if (!opened.isSuccess()) {
                replenishLater();
                return;
            }
            giveBack((UpstreamConnection) opened.getNow());
        });
    }

    private void replenishLater() {
        if (pause != null || isClosed) return;
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pauseMillis));
        pause = loop.schedule(
                () -> {
                    pause = null;
                    replenish();
                },
                pauseMillis,
                TimeUnit.MILLISECONDS);
    }

    private void scheduleSweep() {
        UpstreamConnection oldest = idle.peekFirst();
        if (sweep != null || oldest == null) return;
        long waitNanos = idleLifeNanos - (clock.nanoTime() - oldest.idleSinceNanos());
        sweep = loop.schedule(this::closeExpired, Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
    }

    private void closeExpired() {
        sweep = null;
        long nowNanos = clock.nanoTime();
        for (UpstreamConnection oldest;
                (oldest = idle.peekFirst()) != null && nowNanos - oldest.idleSinceNanos() >= idleLifeNanos; ) {
            idle.pollFirst();
            oldest.abort();
        }
        scheduleSweep();
        replenish();
    }
}
