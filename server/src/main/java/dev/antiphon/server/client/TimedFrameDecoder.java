package dev.antiphon.server.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Netty's frame decoder with a limit on the time from the first byte of a frame to its last. It never answers a
 * violation itself: whatever is wrong goes down the pipeline as an exception with the close code, so that there is one
 * place that sends a Close.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class TimedFrameDecoder extends WebSocket13FrameDecoder {
    private final long frameMillis;
    private @Nullable ScheduledFuture<?> frameTimeout; // null: between two frames

    TimedFrameDecoder(int maxFrameBytes, long frameMillis) {
        super(WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(maxFrameBytes)
                .expectMaskedFrames(true)
                .allowMaskMismatch(false)
                .allowExtensions(false)
                .closeOnProtocolViolation(false)
                .withUTF8Validator(false) // its own handler in the pipeline
                .build());
        this.frameMillis = frameMillis;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        int framesBefore = out.size();
        super.decode(ctx, in, out);
        // Called only while there are bytes: when no frame came out of them, one has begun.
        if (out.size() > framesBefore) cancelFrameTimeout();
        else if (frameTimeout == null) {
            frameTimeout = ctx.executor().schedule(() -> onFrameTimeout(ctx), frameMillis, TimeUnit.MILLISECONDS);
        }
    }

    private static void onFrameTimeout(ChannelHandlerContext ctx) {
        ctx.fireExceptionCaught(new CorruptedWebSocketFrameException(
                WebSocketCloseStatus.POLICY_VIOLATION, "a frame took too long to arrive"));
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        cancelFrameTimeout();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        super.channelInactive(ctx);
        cancelFrameTimeout();
    }

    private void cancelFrameTimeout() {
        if (frameTimeout != null) frameTimeout.cancel(false);
        frameTimeout = null;
    }
}
