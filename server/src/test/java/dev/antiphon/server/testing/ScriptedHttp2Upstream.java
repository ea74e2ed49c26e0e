package dev.antiphon.server.testing;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A model's server that speaks HTTP/2 and says what the test says: it hands over each request as it has come whole, and
 * answers in the words of the test, well or badly. Each wait is bounded.
 *
 * <p>Threading: confined to the test's thread; its connections live on a loop of their own.
 */
public final class ScriptedHttp2Upstream implements AutoCloseable {
    private static final long WAIT_SECONDS = 5;
    private static final long QUIET_MILLIS = 100;
    private static final int REQUEST_WINDOW_BYTES = 1 << 20;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final LinkedBlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
    private final String scheme;
    private final Channel listener;

    private ScriptedHttp2Upstream(@Nullable SslContext tls, Http2Settings settings) {
        scheme = tls == null ? "http" : "https";
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
                                .initialSettings(settings)
                                .build();
                        Connection connection = new Connection(channel, codec);
                        channel.pipeline()
                                .addLast(
                                        codec,
                                        new Http2MultiplexHandler(new ChannelInitializer<>() {
                                            @Override
                                            protected void initChannel(Channel stream) {
                                                stream.pipeline().addLast(new Exchange(stream, connection));
                                            }
                                        }),
                                        connection);
                        connections.add(connection);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Without TLS, HTTP/2 from the first byte. */
    public static ScriptedHttp2Upstream open() {
        return open(settings());
    }

    public static ScriptedHttp2Upstream open(Http2Settings settings) {
        return new ScriptedHttp2Upstream(null, settings);
    }

    /** With TLS, whatever {@code tls} agrees on. */
    public static ScriptedHttp2Upstream openTls(SslContext tls) {
        return new ScriptedHttp2Upstream(tls, settings());
    }

    public static Http2Settings settings() {
        return Http2Settings.defaultSettings().initialWindowSize(REQUEST_WINDOW_BYTES);
    }

    public String baseUrl() {
        return scheme + "://127.0.0.1:" + port() + "/v1";
    }

    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** The next connection; fails when none comes. */
    public Connection accept() throws Exception {
        Connection next = connections.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        if (next == null) throw new SocketTimeoutException("connection: none");
        return next;
    }

    /** Whether one more connection comes soon. */
    public boolean hasConnection() throws InterruptedException {
        return connections.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS) != null;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, WAIT_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One accepted connection. */
    public static final class Connection extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final Http2FrameCodec codec;
        private final LinkedBlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();
        private final LinkedBlockingQueue<Http2Settings> settings = new LinkedBlockingQueue<>();

        private Connection(Channel channel, Http2FrameCodec codec) {
            this.channel = channel;
            this.codec = codec;
        }

        /** The next request that has come whole; fails when none comes. */
        public Exchange next() throws Exception {
            Exchange exchange = exchanges.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            if (exchange == null) throw new SocketTimeoutException("request: none");
            return exchange;
        }

        public boolean hasRequest() throws InterruptedException {
            return exchanges.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS) != null;
        }

        /** What the client allows. */
        public Http2Settings clientSettings() throws Exception {
            Http2Settings first = settings.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            if (first == null) throw new SocketTimeoutException("settings: none");
            return first;
        }

        /** How much may be sent on the whole connection now. */
        public int windowBytes() throws Exception {
            return channel.eventLoop()
                    .submit(() -> codec.connection()
                            .remote()
                            .flowController()
                            .windowSize(codec.connection().connectionStream()))
                    .get(WAIT_SECONDS, TimeUnit.SECONDS);
        }

        /** No further request is taken; those after {@code last} were not looked at. */
        @SuppressWarnings("FutureReturnValueIgnored") // the client says whether it has come
        public void goAwayAfter(Exchange last) throws IOException {
            int lastStreamId = ((Http2StreamChannel) last.stream).stream().id();
            done(channel.eventLoop().submit(() -> {
                codec.encoder()
                        .writeGoAway(
                                channel.pipeline().context(codec),
                                lastStreamId,
                                Http2Error.NO_ERROR.code(),
                                Unpooled.EMPTY_BUFFER,
                                channel.newPromise());
                channel.flush();
            }));
        }

        /** All of what a server says when it is going, whatever was processed. */
        public void goAwayGracefully() throws IOException {
            done(channel.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(1 << 20)));
        }

        public void close() {
            channel.close().syncUninterruptibly();
        }

        /** Whether the client ends the connection soon. */
        public boolean isClosedByClient() throws InterruptedException {
            return channel.closeFuture().await(WAIT_SECONDS, TimeUnit.SECONDS);
        }

        public boolean isOpen() {
            return channel.isActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            if (frame instanceof Http2SettingsFrame said) settings.add(said.settings());
            ReferenceCountUtil.release(frame);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // however the end goes, it is one
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** One request and its response. */
    public static final class Exchange extends ChannelInboundHandlerAdapter {
        private final Channel stream;
        private final Connection connection;
        private final StringBuilder body = new StringBuilder(); // written by the loop before the hand-over
        private final AtomicLong takenBytes = new AtomicLong(); // counted by the loop, read by the test
        private final LinkedBlockingQueue<Long> resets = new LinkedBlockingQueue<>();
        private Http2Headers headers = new DefaultHttp2Headers(); // likewise

        private Exchange(Channel stream, Connection connection) {
            this.stream = stream;
            this.connection = connection;
        }

        public Http2Headers headers() {
            return headers;
        }

        public String body() {
            return body.toString();
        }

        public void sendHead(int status, String... namesAndValues) throws IOException {
            done(stream.writeAndFlush(head(status, false, namesAndValues)));
        }

        /** A head that is the whole response. */
        public void sendHeadAlone(int status, String... namesAndValues) throws IOException {
            done(stream.writeAndFlush(head(status, true, namesAndValues)));
        }

        public void sendStreamHead() throws IOException {
            sendHead(200, "content-type", "text/event-stream; charset=utf-8");
        }

        public void send(String text) throws IOException {
            done(write(text, false));
        }

        /** The last bytes of the response. */
        public void sendLast(String text) throws IOException {
            done(write(text, true));
        }

        /** Not waiting until the client has room. */
        public void burst(String text) {
            ChannelFuture written = write(text, false);
            written.addListener(done -> {
                if (done.isSuccess()) takenBytes.addAndGet(text.length());
            });
        }

        /** What the client has taken of bursts. */
        public long takenBytes() {
            return takenBytes.get();
        }

        public void sendText(String text) throws IOException {
            send("data: " + ScriptedUpstream.textDelta(text) + "\n\n");
        }

        /** A whole answer of one word. */
        public void answer(String text) throws IOException {
            sendStreamHead();
            sendText(text);
            sendLast("data: [DONE]\n\n");
        }

        public void reset(Http2Error error) throws IOException {
            done(stream.writeAndFlush(new DefaultHttp2ResetFrame(error)));
        }

        /** The code with which the client resets the stream; fails when it does not. */
        public Http2Error awaitReset() throws Exception {
            Long code = resets.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            if (code == null) throw new SocketTimeoutException("reset: none");
            return Http2Error.valueOf(code);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            boolean isWhole = false;
            if (frame instanceof Http2HeadersFrame head) {
                headers = head.headers();
                isWhole = head.isEndStream();
            } else if (frame instanceof Http2DataFrame data) {
                body.append(data.content().toString(StandardCharsets.UTF_8));
                isWhole = data.isEndStream();
            }
            ReferenceCountUtil.release(frame);
            if (isWhole) connection.exchanges.add(this);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof Http2ResetFrame reset) resets.add(reset.errorCode());
            if (!(event instanceof Http2GoAwayFrame)) ReferenceCountUtil.release(event);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // however the end goes, it is one
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        private ChannelFuture write(String text, boolean isLast) {
            return stream.writeAndFlush(new DefaultHttp2DataFrame(ByteBufUtil.writeUtf8(stream.alloc(), text), isLast));
        }

        private static DefaultHttp2HeadersFrame head(int status, boolean isLast, String... namesAndValues) {
            Http2Headers head = new DefaultHttp2Headers().status(String.valueOf(status));
            for (int i = 0; i < namesAndValues.length; i += 2) head.add(namesAndValues[i], namesAndValues[i + 1]);
            return new DefaultHttp2HeadersFrame(head, isLast);
        }
    }

    private static void done(Future<?> operation) throws IOException {
        if (!operation.awaitUninterruptibly(WAIT_SECONDS, TimeUnit.SECONDS)) throw new SocketTimeoutException("stuck");
        if (!operation.isSuccess()) throw new IOException(operation.cause());
    }
}
