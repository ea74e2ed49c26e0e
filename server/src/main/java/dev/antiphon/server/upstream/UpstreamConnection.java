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
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to the model's server, carrying one call at a time, and the last handler of its own pipeline:
 *
 * <pre>
 *   HttpProxyHandler, SslHandler (where needed) → bytes seen → HttpClientCodec → UpstreamConnection → the call it carries
 * </pre>
 *
 * <p>Whatever arrives while no call is carried is more than was asked for: it ends the connection.
 *
 * <p>Threading: confined to the event loop of its channel, which is the session's.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter implements UpstreamLink, CallCarrier {
    private static final int MAX_STATUS_LINE_BYTES = 8 << 10;
    private static final int MAX_HEAD_BYTES = 32 << 10;
    // As long as one read can be: a chunk of the response is cut by what arrived, not by us.
    private static final int MAX_CONTENT_BYTES = 64 << 10;

    private final Channel channel;
    private @Nullable UpstreamCall call; // null: none is carried
    private @Nullable UpstreamPool keeper; // null: not idle in a pool
    private boolean hasCarried;
    private boolean wasKept;
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

    @Override
    public Future<CallCarrier> carrier() {
        return channel.eventLoop().newSucceededFuture(this);
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public boolean hasRoom() {
        return call == null && isOpen();
    }

    @Override
    public void carry(UpstreamCall newCall) {
        call = newCall;
        keeper = null;
        hasCarried = true;
    }

    @Override
    public void drop() {
        call = null;
    }

    @Override
    public void keep(UpstreamPool pool, long nowNanos) {
        call = null;
        keeper = pool;
        wasKept = true;
        idleSinceNanos = nowNanos;
    }

    @Override
    public void giveBackTo(UpstreamPool pool) {
        pool.giveBack(this);
    }

    @Override
    public boolean mayBeStale() {
        return wasKept;
    }

    @Override
    public ChannelFuture send(FullHttpRequest request) {
        return channel.writeAndFlush(request);
    }

    @Override
    public long unsentBytes() {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        if (outbound == null) return 0;
        // What waits counts whole buffers, the progress is that within the first of them.
        return outbound.totalPendingWriteBytes() - outbound.currentProgress();
    }

    @Override
    public void pauseReads() {
        channel.config().setAutoRead(false);
    }

    @Override
    public void resumeReads() {
        channel.config().setAutoRead(true);
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public boolean hasCarried() {
        return hasCarried;
    }

    @Override
    public long idleSinceNanos() {
        return idleSinceNanos;
    }

    /** The call that waits in vain has it to itself, and ends it. */
    @Override
    public void distrust() {}

    @Override
    public void abort() {
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
