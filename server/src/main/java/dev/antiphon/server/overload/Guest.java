package dev.antiphon.server.overload;

import dev.antiphon.server.client.Milestone;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * One client's connection, first in its pipeline until its session has spoken; from then on it costs nothing.
 *
 * <pre>
 *  ARRIVING ── upgraded ──▶ SILENT ── {@value #SPOKEN_BYTES} bytes have passed, either way ──▶ SPEAKING ── closed ──▶ gone
 *  what its requests cost
 *  is no session's
 * </pre>
 *
 * <p>Threading: confined to the event loop.
 */
final class Guest extends ChannelDuplexHandler {
    /** Half a second of speech as the Realtime protocol carries it, both ways the same; more than a session says before. */
    static final int SPOKEN_BYTES = 32 * 1024;

    private final LoopLoad load;
    private final Arrivals arrivals;
    private final NanoClock clock;

    private State state = State.ARRIVING;
    private long openedNanos;
    private long passedBytes; // since it was opened

    Guest(LoopLoad load, Arrivals arrivals, NanoClock clock) {
        this.load = load;
        this.arrivals = arrivals;
        this.clock = clock;
    }

    /** The time that a loop has worked for requests that are not, or not yet, those of a session. */
    static final class Arrivals {
        private long workedNanos;

        long workedNanos() {
            return workedNanos;
        }
    }

    private enum State {
        ARRIVING,
        SILENT,
        SPEAKING
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.ARRIVING) {
            long startNanos = clock.nanoTime();
            ctx.fireChannelRead(message);
            arrivals.workedNanos += clock.nanoTime() - startNanos;
        } else {
            onPassing(ctx, message);
            ctx.fireChannelRead(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        long startNanos = clock.nanoTime();
        ctx.fireChannelReadComplete();
        if (state == State.ARRIVING) arrivals.workedNanos += clock.nanoTime() - startNanos;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the promise is the writer's
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (state != State.ARRIVING) onPassing(ctx, message);
        ctx.write(message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != Milestone.SESSION_OPENED) {
            ctx.fireUserEventTriggered(event);
        } else if (state == State.ARRIVING) {
            state = State.SILENT;
            openedNanos = clock.nanoTime();
            load.onOpened(openedNanos);
        }
    }

    private void onPassing(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) passedBytes += bytes.readableBytes();
        if (state != State.SILENT || passedBytes < SPOKEN_BYTES) return;
        state = State.SPEAKING;
        load.onNoLongerSilent(openedNanos, clock.nanoTime());
        load.onSpeaking();
        ctx.pipeline().remove(this);
    }

    /** Its channel is closed. */
    void onLeft() {
        switch (state) {
            case ARRIVING -> {}
            case SILENT -> load.onNoLongerSilent(openedNanos, clock.nanoTime());
            case SPEAKING -> load.onSpeakerLeft();
        }
    }
}
