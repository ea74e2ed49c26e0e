package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop that can take a call: those that carry many at a time (HTTP/2) as long as they have
 * room, and those that carry none, of which the one used last is used next. A few are opened ahead of any call (the warm
 * ones), so that a turn pays neither for TCP nor for TLS.
 *
 * <p>A warm connection that cannot be opened, or that the server closes before it carried a call, is tried again after a
 * pause that doubles from one second to half a minute. One that has been idle for its time is asked something small and
 * kept, or replaced.
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
    private final IdleLife idleLife;
    private final Refresher refresher;

    private final ArrayDeque<UpstreamLink> idle = new ArrayDeque<>(); // without a call, ascending by idleSinceNanos
    private final List<Http2Trunk> trunks = new ArrayList<>(); // open, idle or not
    private boolean isShared; // the last connection that was opened carries many calls
    private @Nullable Promise<UpstreamLink> nextTrunk; // null, or done: none is on its way
    private int coming; // warm connections on their way, or being refreshed
    private long pauseMillis; // 0: no attempt has failed since a call took a connection
    private @Nullable ScheduledFuture<?> pause; // null: none under way
    private boolean isClosed;
    private @Nullable ScheduledFuture<?> sweep; // null: nothing idle

    /** Asks something small over a connection, so that neither side closes it. */
    interface Refresher {
        /** @param onEnd run once it has been answered, well or badly, and the connection has come back, if ever */
        void refresh(Future<CallCarrier> carrier, Runnable onEnd);
    }

    UpstreamPool(
            EventLoop loop,
            UpstreamConnector connector,
            UpstreamSettings.Pooling pooling,
            IdleLife idleLife,
            Refresher refresher,
            NanoClock clock) {
        this.loop = loop;
        this.connector = connector;
        this.pooling = pooling;
        this.idleLife = idleLife;
        this.refresher = refresher;
        this.clock = clock;
    }

    /** Opens the warm connections that are missing. */
    void replenish() {
        assert loop.inEventLoop();
        while (!isClosed && pause == null && isTooCold(null)) openWarm();
    }

    /**
     * A carrier for one call, given: on a connection that is there, or else on one that is opened for it. Cancelling the
     * wait gives up what was opened for it alone.
     */
    Future<CallCarrier> carrier() {
        assert loop.inEventLoop();
        UpstreamLink link = takeOpen();
        if (link != null) {
            pauseMillis = 0;
            // After the request has gone out: a handshake must not stand before it.
            loop.execute(this::replenish);
            return link.carrier();
        }
        return connect();
    }

    /** A carrier on a connection that is not open yet. */
    Future<CallCarrier> connect() {
        Promise<UpstreamLink> awaited = nextTrunk;
        if (awaited != null && !awaited.isDone()) return comeAlong(awaited);
        Promise<UpstreamLink> opening = open();
        boolean isForAll = isShared;
        if (isForAll) nextTrunk = opening;
        Promise<CallCarrier> carrier = loop.newPromise();
        carrier.addListener(done -> {
            if (done.isCancelled() && !isForAll) opening.cancel(false);
        });
        opening.addListener(opened -> {
            if (!opened.isSuccess()) carrier.tryFailure(opened.cause());
            else if (!carrier.isDone()) hand(opening.getNow().carrier(), carrier);
            else if (!opening.getNow().isShared()) giveBack(opening.getNow());
        });
        return carrier;
    }

    /** On a connection that is opened for another call, if many ride on it. */
    private Future<CallCarrier> comeAlong(Promise<UpstreamLink> opening) {
        Promise<CallCarrier> carrier = loop.newPromise();
        opening.addListener(opened -> {
            if (carrier.isDone()) return;
            if (!opened.isSuccess()) carrier.tryFailure(opened.cause());
            else if (opening.getNow().isShared() && opening.getNow().hasRoom())
                hand(opening.getNow().carrier(), carrier);
            else hand(connect(), carrier);
        });
        return carrier;
    }

    private static void hand(Future<CallCarrier> found, Promise<CallCarrier> carrier) {
        found.addListener(done -> {
            if (!done.isSuccess()) carrier.tryFailure(done.cause());
            else if (!carrier.trySuccess(found.getNow())) found.getNow().abort();
        });
    }

    /** @param link taken: kept for the next call, or closed */
    void giveBack(UpstreamLink link) {
        assert loop.inEventLoop();
        if (isClosed || !link.isOpen() || idle.size() >= pooling.maxIdle()) {
            link.abort();
            return;
        }
        link.keep(this, clock.nanoTime());
        idle.addLast(link);
        scheduleSweep();
    }

    /** A connection that this pool knows was closed. */
    void onClosed(UpstreamLink link) {
        if (link instanceof Http2Trunk trunk) trunks.remove(trunk);
        if (!idle.remove(link) || isClosed) return;
        long nowNanos = clock.nanoTime();
        idleLife.onClosedByServer(nowNanos - link.idleSinceNanos(), nowNanos);
        // A server that hangs up on silent connections would otherwise be called again and again.
        if (link.hasCarried()) replenish();
        else replenishLater();
    }

    int idleConnections() {
        return idle.size();
    }

    /** Closes what is idle; connections with a call end with it. */
    void close() {
        assert loop.inEventLoop();
        isClosed = true;
        for (UpstreamLink link; (link = idle.pollLast()) != null; ) link.abort();
        for (Http2Trunk trunk : List.copyOf(trunks)) trunk.retire();
        if (sweep != null) sweep.cancel(false);
        if (pause != null) pause.cancel(false);
    }

    private @Nullable UpstreamLink takeOpen() {
        for (Http2Trunk trunk : trunks) if (!trunk.isIdle() && trunk.hasRoom()) return trunk;
        long nowNanos = clock.nanoTime();
        for (UpstreamLink link; (link = idle.pollLast()) != null; ) {
            if (link.hasRoom() && nowNanos - link.idleSinceNanos() < idleLife.nanos(nowNanos)) return link;
            link.abort();
        }
        return null;
    }

    private Promise<UpstreamLink> open() {
        Promise<UpstreamLink> opening = connector.connect(loop);
        opening.addListener(opened -> {
            if (!opened.isSuccess()) return;
            isShared = opening.getNow().isShared();
            if (opening.getNow() instanceof Http2Trunk trunk) adopt(trunk);
        });
        return opening;
    }

    private void adopt(Http2Trunk trunk) {
        trunks.add(trunk);
        trunk.belongTo(this);
        // The calls that waited for it have boarded by then.
        loop.execute(() -> {
            if (!trunk.isIdle() || idle.contains(trunk)) return;
            if (isTooCold(trunk)) giveBack(trunk);
            else trunk.retire();
        });
    }

    private boolean isTooCold(@Nullable UpstreamLink without) {
        if (idle.size() + coming >= pooling.warm()) return false;
        for (Http2Trunk trunk : trunks) if (trunk != without && trunk.hasRoom()) return false;
        return true;
    }

    private void openWarm() {
        coming++;
        Promise<UpstreamLink> opening = open();
        opening.addListener(opened -> {
            coming--;
            if (!opened.isSuccess()) replenishLater();
            else if (!opening.getNow().isShared()) giveBack(opening.getNow());
        });
    }

    private void refresh(UpstreamLink link) {
        coming++;
        refresher.refresh(link.carrier(), () -> {
            coming--;
            replenish();
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
        UpstreamLink oldest = idle.peekFirst();
        if (sweep != null || oldest == null) return;
        long nowNanos = clock.nanoTime();
        long waitNanos = idleLife.nanos(nowNanos) - (nowNanos - oldest.idleSinceNanos());
        sweep = loop.schedule(this::closeExpired, Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
    }

    private void closeExpired() {
        sweep = null;
        long nowNanos = clock.nanoTime();
        for (UpstreamLink oldest;
                (oldest = idle.peekFirst()) != null
                        && nowNanos - oldest.idleSinceNanos() >= idleLife.nanos(nowNanos); ) {
            idle.pollFirst();
            if (pooling.isRefreshing() && oldest.hasRoom() && isTooCold(oldest)) refresh(oldest);
            else oldest.abort();
        }
        scheduleSweep();
        replenish();
    }
}
