package dev.antiphon.server.twin;

import dev.antiphon.server.twin.wire.ServerRefusals;
import dev.antiphon.server.twin.wire.TwinRequestReader;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The embedded model: an HTTP/1.1 server on loopback that speaks the wire of OpenAI chat completions with streamed audio,
 * as it was recorded. It has one event loop and two workers that think and speak.
 *
 * <pre>{@code
 * try (Twin twin = Twin.start(TwinSettings.defaults())) {
 *     URI baseUrl = twin.baseUrl();  // http://127.0.0.1:PORT/v1
 * }
 * }</pre>
 *
 * <p>Threading: thread-safe.
 */
public final class Twin implements AutoCloseable {
    private static final int WORKERS = 2;
    /** Requests and sentences that wait for a worker; when there are more, requests are refused with 503. */
    private static final int MAX_WAITING_JOBS = 4_096;

    private static final long CLOSE_SECONDS = 5;

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("twin-http", true), NioIoHandler.newFactory());
    private final ThreadPoolExecutor workers = new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING_JOBS),
            new DefaultThreadFactory("twin-worker", true));
    private final ChannelGroup connections = new DefaultChannelGroup(loops.next(), true);
    private final TwinModel model;
    private final InetSocketAddress address;

    /**
     * Listens, and returns when it does; the first voice is made meanwhile.
     *
     * @throws UncheckedIOException if the port cannot be had
     */
    public static Twin start(TwinSettings settings) {
        return new Twin(settings);
    }

    private Twin(TwinSettings settings) {
        model = new TwinModel(settings);
        InetSocketAddress wanted = new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new Connection())
                .bind(wanted)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new UncheckedIOException(
                    new IOException("twin: cannot listen on 127.0.0.1:" + settings.port(), bound.cause()));
        }
        connections.add(bound.channel());
        address = (InetSocketAddress) bound.channel().localAddress();
        workers.execute(model::warmUp);
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return address;
    }

    /** {@code http://127.0.0.1:PORT/v1}, to be used like a provider's base URL. */
    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + address.getPort() + "/v1");
    }

    /**
     * How many requests named this model, for models whose name orders a fault: {@code fault:500@1}. It shows whether a
     * caller tried again.
     */
    public int requestsFor(String modelName) {
        return model.faults().requests(modelName);
    }

    /** What the twin does instead of answering, or in the middle of it, by the name of the fault. */
    public static Map<String, String> faults() {
        return TwinFault.descriptions();
    }

    /** Breaks off what is being answered and returns when no thread is left. Not to be called from one of its threads. */
    @Override
    public void close() {
        connections.close().awaitUninterruptibly();
        // Not shutdownNow: a job that never runs would keep its request's buffer. Jobs of dead connections are short.
        workers.shutdown();
        try {
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) workers.shutdownNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** The pipeline of one connection. */
    private final class Connection extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            connections.add(channel);
            channel.pipeline()
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpServerKeepAliveHandler())
                    .addLast(new BodyCollector())
                    .addLast(new TwinHandler(model, workers));
        }
    }

    /** Requests with their whole body; one that is too large is refused in the provider's shape. */
    private final class BodyCollector extends HttpObjectAggregator {
        BodyCollector() {
            super(TwinRequestReader.MAX_BODY_BYTES, true);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
            ctx.writeAndFlush(ResponseHeads.refusal(
                            ServerRefusals.bodyTooLarge(TwinRequestReader.MAX_BODY_BYTES),
                            ctx.alloc().buffer(),
                            model.newIds(),
                            0))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }
}
