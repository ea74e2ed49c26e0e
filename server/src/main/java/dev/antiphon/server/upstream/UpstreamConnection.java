package dev.antiphon.server.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the model's server, carrying one call at a time, and the last handler of its own pipeline:
 *
 * <pre>
 *   SslHandler (https only) → bytes seen → HttpClientCodec → UpstreamConnection → the call it carries
 * </pre>
 *
 * <p>Whatever arrives while no call is carried is more than was asked for: it ends the connection.
 *
 * <p>Threading: confined to the event loop of its channel, which is the session's.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private static final int MAX_STATUS_LINE_BYTES = 8 << 10;
    private static final int MAX_HEAD_BYTES = 32 << 10;
    // As long as one read can be: a chunk of the response is cut by what arrived, not by us.
    private static final int MAX_CONTENT_BYTES = 64 << 10;

    private final Channel channel;
    private @Nullable UpstreamCall call; // null: none is carried
    private @Nullable UpstreamPool keeper; // null: not idle in a pool
    private boolean hasCarried;
    private long idleSinceNanos;

    private UpstreamConnection(Channel channel) {
        this.channel = channel;
    }

    /** Appends the handlers of one connection, behind TLS if there is any. */
    static UpstreamConnection install(ChannelPipeline pipeline) {
        UpstreamConnection connection = new UpstreamConnection(pipeline.channel());
        HttpDecoderConfig limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_STATUS_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEAD_BYTES)
                .setMaxChunkSize(MAX_CONTENT_BYTES);
        pipeline.addLast(connection.new BytesSeen(), new HttpClientCodec(limits, false, false), connection);
        return connection;
    }

    /** From here on the call hears of everything. */
    void carry(UpstreamCall newCall) {
        call = newCall;
        keeper = null;
        hasCarried = true;
    }

    /** From here on nobody hears of anything. */
    void drop() {
        call = null;
    }

    /** From here on the pool hears when the connection is closed. */
    void keep(UpstreamPool pool, long nowNanos) {
        call = null;
        keeper = pool;
        idleSinceNanos = nowNanos;
    }

    /** @param request taken */
    ChannelFuture send(FullHttpRequest request) {
        return channel.writeAndFlush(request);
    }

    /** Differs from an earlier value when the peer has accepted bytes since. */
    long unsentBytes() {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        if (outbound == null) return 0;
        // What waits counts whole buffers, the progress is that within the first of them.
        return outbound.totalPendingWriteBytes() - outbound.currentProgress();
    }

    void pauseReads() {
        channel.config().setAutoRead(false);
    }

    void resumeReads() {
        channel.config().setAutoRead(true);
    }

    boolean isOpen() {
        return channel.isActive();
    }

    boolean hasCarried() {
        return hasCarried;
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    /** Closes the socket in this turn of the loop. */
    void abort() {
        abort(channel);
    }

    /** See {@link #abort()}; also for a connection that is not open yet. */
    static void abort(Channel channel) {
        // Past the pipeline: SslHandler would first wait until its close_notify is flushed, behind an unsent request.
        channel.unsafe().close(channel.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        UpstreamCall carried = call;
        if (carried != null) {
            carried.onHttpObject((HttpObject) message);
            return;
        }
        // The rest of a read in the middle of which the call ended.
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        UpstreamCall carried = call;
        if (carried != null) carried.onReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        UpstreamCall carried = call;
        UpstreamPool pool = keeper;
        if (carried != null) carried.onClosed();
        else if (pool != null) pool.onClosed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        UpstreamCall carried = call;
        if (carried != null) carried.onException(cause);
        // A call that waits for the close hears of it from channelInactive.
        abort();
    }

    /** Sees the bytes before HTTP makes something of them: a head that never ends shows nothing behind the codec. */
    private final class BytesSeen extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            UpstreamCall carried = call;
            if (carried == null) {
                ReferenceCountUtil.release(message);
                abort();
                return;
            }
            carried.onBytes();
            ctx.fireChannelRead(message);
        }
    }
}
