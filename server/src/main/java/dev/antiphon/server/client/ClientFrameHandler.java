package dev.antiphon.server.client;

import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frames of one client: text to its session, the rest answered here; and the top handler of the channel, where every
 * fault ends.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class ClientFrameHandler extends ChannelInboundHandlerAdapter implements FrameListener {
    private static final Logger LOG = LoggerFactory.getLogger(ClientFrameHandler.class);
    /** A client that leaves more than this unread is not listened to until it has read. Audio alone never gets here. */
    static final long MAX_UNREAD_BYTES = 256 * 1024;

    static final int MAX_CONTROL_FRAMES_PER_SECOND = 10;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Channel channel;
    private final ClientLimits limits;
    private final NanoClock clock;
    private final CloseHandshake closing;
    private final SessionHost host;
    private final FrameReader frames;

    private long frameAwaited = -1; // the last that came in pieces: how many were read before it; -1: none
    private long frameDeadlineNanos; // of that frame
    private @Nullable ScheduledFuture<?> frameTimeout; // null: none came in pieces lately
    private long controlSecondNanos; // start of the second that controlFrames counts
    private int controlFrames;
    private @Nullable ScheduledFuture<?> nextPing;
    private @Nullable ScheduledFuture<?> silenceTimeout; // null: no ping is unanswered
    private @Nullable ScheduledFuture<?> unwritableTimeout; // null: writable

    ClientFrameHandler(
            Channel channel, ClientLimits limits, NanoClock clock, CloseHandshake closing, SessionHost host) {
        this.channel = channel;
        this.limits = limits;
        this.clock = clock;
        this.closing = closing;
        this.host = host;
        this.frames = new FrameReader(limits.maxMessageBytes(), channel.alloc());
        this.controlSecondNanos = clock.nanoTime();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        nextPing = schedule(this::ping, limits.pingMillis());
    }

    /** Bytes, as they come off the socket. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof ByteBuf bytes) frames.feed(bytes, this);
        } finally {
            ReferenceCountUtil.release(message);
        }
        if (frames.isWithinFrame()) awaitEndOfFrame();
    }

    private void awaitEndOfFrame() {
        if (frameAwaited == frames.framesRead()) return; // its clock was started by an earlier read
        frameAwaited = frames.framesRead();
        frameDeadlineNanos = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.frameMillis());
        if (frameTimeout == null) frameTimeout = schedule(this::onFrameTimeout, limits.frameMillis());
    }

    /** Frames that are cut are frequent, so no timeout is moved for them: when it comes it asks what it should be. */
    private void onFrameTimeout() {
        frameTimeout = null;
        if (!frames.isWithinFrame()) return;
        long leftNanos = frameDeadlineNanos - clock.nanoTime();
        if (leftNanos > 0) {
            frameTimeout = channel.eventLoop().schedule(this::onFrameTimeout, leftNanos, TimeUnit.NANOSECONDS);
        } else {
            end(WebSocketCloseStatus.POLICY_VIOLATION, "a frame took too long to arrive", CloseReason.NORMAL);
        }
    }

    @Override
    public void onText(ByteBuf message) {
        if (!onFrame()) return;
        try {
            host.onText(message);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    @Override
    public void onBinary(ByteBuf message) {
        if (!onFrame()) return;
        try {
            host.onBinary(message);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    @Override
    public void onPing(ByteBuf payload) {
        if (!onFrame() || !onControl()) return;
        ByteBuf copy = channel.alloc().buffer(payload.readableBytes()).writeBytes(payload);
        channel.writeAndFlush(new PongWebSocketFrame(copy))
                .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void onPong() {
        if (onFrame()) onControl();
    }

    @Override
    public void onClose(int statusCode) {
        onFrame();
        boolean isTheirs = closing.begin();
        endSession(CloseReason.NORMAL);
        if (isTheirs) closing.answer(statusCode);
        else disconnect();
    }

    /** @return whether anybody still listens */
    private boolean onFrame() {
        silenceTimeout = cancel(silenceTimeout);
        return !closing.isClosing();
    }

    /** @return false: there were too many */
    private boolean onControl() {
        long nowNanos = clock.nanoTime();
        if (nowNanos - controlSecondNanos >= SECOND_NANOS) {
            controlSecondNanos = nowNanos;
            controlFrames = 0;
        }
        if (++controlFrames <= MAX_CONTROL_FRAMES_PER_SECOND) return true;
        end(WebSocketCloseStatus.POLICY_VIOLATION, "too many control frames", CloseReason.NORMAL);
        return false;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        host.onReadComplete();
        if (!channel.isWritable() && channel.bytesBeforeWritable() > MAX_UNREAD_BYTES && !closing.isClosing()) {
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            unwritableTimeout = cancel(unwritableTimeout);
            channel.config().setAutoRead(true);
            host.onWritable();
        } else if (unwritableTimeout == null) {
            unwritableTimeout = schedule(this::onUnwritableTimeout, limits.unwritableMillis());
        }
    }

    private void onUnwritableTimeout() {
        end(WebSocketCloseStatus.TRY_AGAIN_LATER, "The client does not read.", CloseReason.OVERLOADED);
    }

    private void ping() {
        if (closing.isClosing()) return;
        channel.writeAndFlush(new PingWebSocketFrame()).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        nextPing = schedule(this::ping, limits.pingMillis());
        // There may be nobody left to read a Close.
        if (silenceTimeout == null) silenceTimeout = schedule(this::disconnect, limits.silentMillis());
    }

    /** The gateway itself wants the session to end: it sends the {@link CloseReason} through the pipeline. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof CloseReason reason) host.end(reason);
        else ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        host.end(CloseReason.NORMAL);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        nextPing = cancel(nextPing);
        silenceTimeout = cancel(silenceTimeout);
        unwritableTimeout = cancel(unwritableTimeout);
        frameTimeout = cancel(frameTimeout);
        frames.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException violation) {
            end(violation.closeStatus(), String.valueOf(violation.getMessage()), CloseReason.NORMAL);
        } else if (cause instanceof IOException) {
            disconnect(); // the peer did so already
        } else {
            fail(cause);
        }
    }

    private void fail(Throwable cause) {
        LOG.error("client={} session failed", channel.id(), cause);
        end(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, "The gateway failed.", CloseReason.INTERNAL_ERROR);
    }

    private void end(WebSocketCloseStatus status, String reason, CloseReason why) {
        boolean isOurs = closing.begin();
        endSession(why);
        if (isOurs) closing.send(status, reason);
    }

    private void endSession(CloseReason why) {
        try {
            host.end(why);
        } catch (RuntimeException | Error e) {
            LOG.error("client={} session failed to end", channel.id(), e);
        }
    }

    private void disconnect() {
        channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    private ScheduledFuture<?> schedule(Runnable task, long delayMillis) {
        return channel.eventLoop().schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }

    private static @Nullable ScheduledFuture<?> cancel(@Nullable ScheduledFuture<?> timeout) {
        if (timeout != null) timeout.cancel(false);
        return null;
    }
}
