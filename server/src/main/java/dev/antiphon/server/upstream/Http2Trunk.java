package dev.antiphon.server.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 connection to the model's server, carrying a call on each of its streams, and the last handler of its own
 * pipeline:
 *
 * <pre>
 *   HttpProxyHandler, SslHandler (where needed) → Http2FrameCodec → Http2MultiplexHandler ⇉ {@link Http2CallStream}
 *                                                                                         → Http2Trunk
 * </pre>
 *
 * <p>Flow control (RFC 9113 §5.2): a stream's window holds some ten seconds of spoken answer, so that none of it waits for
 * a WINDOW_UPDATE, and moves on only as the call reads: that is the back-pressure. The connection's own window moves on
 * with every byte that arrives, so that a call that does not read holds up no other.
 *
 * <p>Threading: confined to the event loop of its channel.
 */
final class Http2Trunk extends ChannelInboundHandlerAdapter implements UpstreamLink {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Trunk.class);
    static final int STREAM_WINDOW_BYTES = 1 << 20;
    private static final int CONNECTION_WINDOW_BYTES = 16 << 20;
    /** RFC 9113 §6.9.2. */
    private static final int DEFAULT_WINDOW_BYTES = 65_535;

    private static final float WINDOW_UPDATE_RATIO = 0.5f;
    private static final int MAX_HEADER_LIST_BYTES = 32 << 10;

    private final Channel channel;
    private final Http2Connection state;
    private @Nullable UpstreamPool pool; // null: not yet the pool's
    private int streams;
    private boolean hasCarried;
    private boolean wasKept;
    private boolean isRetired; // no more streams
    private boolean isWide;
    private long idleSinceNanos;

    private Http2Trunk(Channel channel, Http2Connection state) {
        this.channel = channel;
        this.state = state;
    }

    /** Appends the handlers of one connection, behind TLS if there is any. */
    static Http2Trunk install(ChannelPipeline pipeline) {
        Http2FrameCodec codec = Http2FrameCodecBuilder.forClient()
                .initialSettings(Http2Settings.defaultSettings()
                        .pushEnabled(false)
                        .maxConcurrentStreams(0)
                        .initialWindowSize(STREAM_WINDOW_BYTES)
                        .maxHeaderListSize(MAX_HEADER_LIST_BYTES))
                .build();
        Http2Connection state = codec.connection();
        state.local()
                .flowController(new DefaultHttp2LocalFlowController(state, WINDOW_UPDATE_RATIO, true)
                        .frameWriter(codec.encoder().frameWriter()));
        Http2Trunk trunk = new Http2Trunk(pipeline.channel(), state);
        pipeline.addLast(codec, new Http2MultiplexHandler(new Unasked()), trunk);
        return trunk;
    }

    /** Whose calls ride here. */
    void belongTo(UpstreamPool newPool) {
        pool = newPool;
    }

    @Override
    public Future<CallCarrier> carrier() {
        boolean isStalePossible = wasKept || hasCarried;
        streams++;
        hasCarried = true;
        Promise<CallCarrier> carrier = channel.eventLoop().newPromise();
        new Http2StreamChannelBootstrap(channel)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        Http2CallStream.install(stream.pipeline(), Http2Trunk.this, isStalePossible);
                    }
                })
                .open()
                .addListener((Future<Http2StreamChannel> opened) -> {
                    if (!opened.isSuccess()) {
                        onStreamClosed();
                        carrier.tryFailure(opened.cause());
                        return;
                    }
                    Http2StreamChannel stream = opened.getNow();
                    stream.closeFuture().addListener(closed -> onStreamClosed());
                    Http2CallStream lane = stream.pipeline().get(Http2CallStream.class);
                    if (!carrier.trySuccess(lane)) lane.abort();
                });
        return carrier;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public boolean hasRoom() {
        return isUsable()
                && streams < state.local().maxActiveStreams()
                && state.local().canOpenStream();
    }

    @Override
    public boolean isOpen() {
        return isUsable();
    }

    @Override
    public boolean hasCarried() {
        return hasCarried;
    }

    @Override
    public long idleSinceNanos() {
        return idleSinceNanos;
    }

    @Override
    public void keep(UpstreamPool keeper, long nowNanos) {
        wasKept = true;
        idleSinceNanos = nowNanos;
    }

    boolean isIdle() {
        return streams == 0;
    }

    /** No further call; closed when the last one has ended. */
    void retire() {
        isRetired = true;
        if (isIdle()) abort();
    }

    @Override
    public void abort() {
        isRetired = true;
        UpstreamConnection.abort(channel);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Http2Exception {
        if (channel.isActive()) widen(ctx);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Http2Exception {
        widen(ctx);
    }

    /** What arrives here concerns the whole connection: settings, pings, GOAWAY. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        ReferenceCountUtil.release(frame);
        if (state.goAwayReceived()) retire();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        isRetired = true;
        if (pool != null) pool.onClosed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("HTTP/2 connection to the model's server broke", cause);
        abort();
    }

    private boolean isUsable() {
        return !isRetired && channel.isActive() && !state.goAwayReceived();
    }

    private void widen(ChannelHandlerContext ctx) throws Http2Exception {
        if (isWide) return;
        isWide = true;
        state.local()
                .flowController()
                .incrementWindowSize(state.connectionStream(), CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
        ctx.flush();
    }

    private void onStreamClosed() {
        streams--;
        if (!isIdle()) return;
        if (!isUsable()) abort();
        else if (pool != null) pool.giveBack(this);
    }

    /** A stream of the server's own, which our settings forbid. */
    private static final class Unasked extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            UpstreamConnection.abort(stream);
        }
    }
}
