package dev.antiphon.server.client;

import dev.antiphon.time.NanoClock;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;

/**
 * The client's pipeline, whole: first that of HTTP requests, then that of a WebSocket.
 *
 * <pre>
 *            HttpRequestDecoder ─▶ HandshakeHandler ─▶ the handler of HttpRoutes
 *  socket    HttpResponseEncoder ◀──────┴───────────────────┘
 *
 *       ══▶  ClientFrameHandler with its FrameReader ───▶ SessionHost ◀─▶ RealtimeWire or PcmWire
 *            WebSocket13FrameEncoder ◀──────────────────────────┘
 * </pre>
 *
 * <p>Threading: thread-safe; one for all connections.
 */
public final class ClientChannelInitializer extends ChannelInitializer<Channel> {
    private static final String HTTP_DECODER = "http-in";
    private static final String HTTP_ENCODER = "http-out";
    private static final String HANDSHAKE = "handshake";
    private static final String REST = "rest";
    // Together the head of 8 KiB that a request may have.
    private static final int MAX_REQUEST_LINE_BYTES = 2 * 1024;
    private static final int MAX_HEADERS_BYTES = 6 * 1024;
    // Audio waits in the session, not in the socket: what is in here cannot be taken back when the person interrupts.
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private final ClientLimits limits;
    private final Admission admission;
    private final SessionFactory sessions;
    private final HttpRoutes routes;
    private final NanoClock clock;

    public ClientChannelInitializer(
            ClientLimits limits, Admission admission, SessionFactory sessions, HttpRoutes routes, NanoClock clock) {
        this.limits = limits;
        this.admission = admission;
        this.sessions = sessions;
        this.routes = routes;
        this.clock = clock;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        channel.pipeline()
                .addLast(
                        HTTP_DECODER,
                        new HttpRequestDecoder(new HttpDecoderConfig()
                                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                                .setMaxHeaderSize(MAX_HEADERS_BYTES)))
                .addLast(HTTP_ENCODER, new HttpResponseEncoder())
                .addLast(HANDSHAKE, new HandshakeHandler(admission, routes, limits.headMillis(), this::upgrade))
                .addLast(REST, routes.newHandler());
    }

    private void upgrade(Channel channel, UpgradeRequest request, Admission.Welcome welcome) {
        channel.pipeline().remove(REST);
        CloseHandshake closing = new CloseHandshake(channel);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.replace(HTTP_ENCODER, "frames-out", new WebSocket13FrameEncoder(false));
        ClientLimits bounds = limits.withMaxMessageBytes(request.maxMessageBytes(limits));
        SessionHost host = new SessionHost(channel, closing, clock, sessions, self -> request.newWire(self, welcome));
        pipeline.addLast(new ClientFrameHandler(channel, bounds, clock, closing, host));
        host.open();
        pipeline.remove(HANDSHAKE);
        pipeline.fireUserEventTriggered(Milestone.SESSION_OPENED);
        // Last, because frames that came right behind the head go on to the next handler at once.
        pipeline.remove(HTTP_DECODER);
    }
}
