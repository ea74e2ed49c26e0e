package dev.antiphon.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection, carrying one call from its first byte to its last, and the last handler of its own
 * pipeline, where the frames have become HTTP messages.
 *
 * <p>Threading: confined to the event loop of its connection.
 */
final class Http2CallStream extends ChannelInboundHandlerAdapter implements CallCarrier {
    /** Small enough that progress is seen, large enough to fill frames. */
    private static final int PIECE_BYTES = 64 << 10;

    private final Channel channel;
    private final Http2Trunk trunk;
    private final boolean mayBeStale;
    private @Nullable UpstreamCall call; // null: none any more
    private long unsentBytes;

    private Http2CallStream(Channel channel, Http2Trunk trunk, boolean mayBeStale) {
        this.channel = channel;
        this.trunk = trunk;
        this.mayBeStale = mayBeStale;
    }

    static void install(ChannelPipeline pipeline, Http2Trunk trunk, boolean mayBeStale) {
        Http2CallStream stream = new Http2CallStream(pipeline.channel(), trunk, mayBeStale);
        pipeline.addLast(new Http2StreamFrameToHttpObjectCodec(false), stream);
    }

    @Override
    public void carry(UpstreamCall newCall) {
        call = newCall;
    }

    @Override
    public void drop() {
        call = null;
    }

    @Override
    public boolean mayBeStale() {
        return mayBeStale;
    }

    /** In pieces, because the peer's window takes what it takes, and only whole pieces are seen to leave. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // how the last piece goes is how all of it went
    public ChannelFuture send(FullHttpRequest request) {
        ByteBuf body = request.content();
        // Netty's codec adds a header of its own to them, which must not be there if the request is sent once more.
        HttpHeaders headers = request.headers().copy();
        if (body.readableBytes() <= PIECE_BYTES) {
            FullHttpRequest whole = new DefaultFullHttpRequest(
                    request.protocolVersion(),
                    request.method(),
                    request.uri(),
                    body,
                    headers,
                    EmptyHttpHeaders.INSTANCE);
            return counted(body.readableBytes(), channel.writeAndFlush(whole));
        }
        channel.write(new DefaultHttpRequest(request.protocolVersion(), request.method(), request.uri(), headers));
        while (body.readableBytes() > PIECE_BYTES) {
            counted(PIECE_BYTES, channel.write(new DefaultHttpContent(body.readRetainedSlice(PIECE_BYTES))));
        }
        int rest = body.readableBytes();
        ByteBuf last = body.readRetainedSlice(rest);
        request.release();
        return counted(rest, channel.writeAndFlush(new DefaultLastHttpContent(last)));
    }

    @Override
    public long unsentBytes() {
        return unsentBytes;
    }

    @Override
    public void pauseReads() {
        channel.config().setAutoRead(false);
    }

    @Override
    public void resumeReads() {
        channel.config().setAutoRead(true);
    }

    /** RST_STREAM(CANCEL), unless the exchange is over. */
    @Override
    public void abort() {
        channel.unsafe().close(channel.voidPromise());
    }

    @Override
    public void distrust() {
        trunk.retire();
    }

    /** The stream has ended by itself; the connection goes back with its last one. */
    @Override
    public void giveBackTo(UpstreamPool pool) {
        call = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        UpstreamCall carried = call;
        if (carried == null) {
            ReferenceCountUtil.release(message);
            return;
        }
        carried.onBytes();
        carried.onHttpObject((HttpObject) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        UpstreamCall carried = call;
        if (carried != null) carried.onReadComplete();
    }

    /** RFC 9113 §8.7: only what is refused, or lies behind a GOAWAY's last stream, has certainly not been processed. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        UpstreamCall carried = call;
        boolean isReset =
                event instanceof Http2ResetFrame reset && reset.errorCode() != Http2Error.REFUSED_STREAM.code();
        if (isReset && carried != null) carried.onRequestSeen();
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        UpstreamCall carried = call;
        if (carried != null) carried.onClosed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        UpstreamCall carried = call;
        if (carried != null && cause instanceof Http2Exception) carried.onMalformed(cause);
        else if (carried != null) carried.onException(cause);
        abort();
    }

    private ChannelFuture counted(int bytes, ChannelFuture written) {
        unsentBytes += bytes;
        return written.addListener(done -> unsentBytes -= bytes);
    }
}
