package dev.antiphon.bench.load.upstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * A model server whose answers follow a script.
 *
 * <p>Threading: thread-safe.
 */
public final class ScriptedUpstream implements AutoCloseable {
    private static final int ACCEPT_BACKLOG = 4_096;
    private static final long CLOSE_SECONDS = 5;

    private final EventLoopGroup loops;
    private final ChannelGroup connections;
    private final InetSocketAddress address;

    /**
     * Listens, and returns when it does.
     *
     * @throws UncheckedIOException the address cannot be had
     */
    public static ScriptedUpstream start(
            InetSocketAddress listen, int threads, AnswerScript script, UpstreamListener listener) {
        return new ScriptedUpstream(listen, threads, new Answers(script, listener));
    }

    private ScriptedUpstream(InetSocketAddress listen, int threads, Answers answers) {
        loops = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("upstream-loop", true), NioIoHandler.newFactory());
        connections = new DefaultChannelGroup(loops.next(), true);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connections.add(channel);
                        channel.pipeline().addLast(new HttpServerCodec(), new ChatHandler(answers));
                    }
                })
                .bind(listen)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new UncheckedIOException(new IOException("upstream: cannot listen on " + listen + ": "
                    + bound.cause().getMessage()));
        }
        connections.add(bound.channel());
        address = (InetSocketAddress) bound.channel().localAddress();
    }

    public InetSocketAddress address() {
        return address;
    }

    /** Like a provider's: {@code http://127.0.0.1:PORT/v1}. */
    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + address.getPort() + "/v1");
    }

    /** Where the model answers callers itself. */
    public URI directUrl() {
        return URI.create("ws://127.0.0.1:" + address.getPort() + "/v1/realtime");
    }

    @Override
    public void close() {
        connections.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
