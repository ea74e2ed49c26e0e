package dev.antiphon.server.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: name, TCP, TLS, within one deadline. Where a name has several addresses they are tried in the
 * resolver's order until one accepts.
 *
 * <p>Threading: immutable; a connection is opened on, and stays on, the loop it is asked for.
 */
final class UpstreamConnector {
    private final UpstreamEndpoint.Server server;
    private final int connectMillis;
    private final @Nullable SslContext tls; // null: plain
    private final HostResolver resolver;

    UpstreamConnector(
            UpstreamEndpoint.Server server, int connectMillis, @Nullable SslContext tls, HostResolver resolver) {
        this.server = server;
        this.connectMillis = connectMillis;
        this.tls = tls;
        this.resolver = resolver;
    }

    /**
     * @return completes on {@code loop}; cancelling it closes what is half open in the same turn of the loop. A failure
     *     is a {@link java.net.UnknownHostException}, a {@link java.net.ConnectException} (also when the deadline
     *     passed), a {@link javax.net.ssl.SSLException} or another {@link java.io.IOException}
     */
    Promise<UpstreamConnection> connect(EventLoop loop) {
        Promise<UpstreamConnection> opened = loop.newPromise();
        ScheduledFuture<?> deadline = loop.schedule(
                () -> opened.tryFailure(new ConnectTimeoutException("after " + connectMillis + " ms")),
                connectMillis,
                TimeUnit.MILLISECONDS);
        opened.addListener(done -> deadline.cancel(false));
        Promise<List<InetAddress>> addresses = loop.newPromise();
        addresses.addListener(answer -> {
            if (answer.isSuccess()) tryNext(loop, addresses.getNow().iterator(), opened);
            else opened.tryFailure(answer.cause());
        });
        resolver.resolve(server.host(), addresses);
        return opened;
    }

    private void tryNext(EventLoop loop, Iterator<InetAddress> addresses, Promise<UpstreamConnection> opened) {
        if (opened.isDone()) return;
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) {
                            SslHandler handshake = tls.newHandler(channel.alloc(), server.host(), server.port());
                            handshake.setHandshakeTimeoutMillis(connectMillis);
                            channel.pipeline().addLast(handshake);
                        }
                        UpstreamConnection.install(channel.pipeline());
                    }
                })
                .connect(new InetSocketAddress(addresses.next(), server.port()));
        Channel channel = connecting.channel();
        opened.addListener(done -> {
            if (!done.isSuccess()) UpstreamConnection.abort(channel);
        });
        connecting.addListener(tcp -> {
            if (tcp.isSuccess()) awaitTls(channel, opened);
            else if (addresses.hasNext()) tryNext(loop, addresses, opened);
            else opened.tryFailure(tcp.cause());
        });
    }

    private static void awaitTls(Channel channel, Promise<UpstreamConnection> opened) {
        SslHandler handshake = channel.pipeline().get(SslHandler.class);
        if (handshake == null) {
            opened.trySuccess(channel.pipeline().get(UpstreamConnection.class));
            return;
        }
        handshake.handshakeFuture().addListener(secured -> {
            if (secured.isSuccess()) opened.trySuccess(channel.pipeline().get(UpstreamConnection.class));
            else opened.tryFailure(secured.cause());
        });
    }
}
