package dev.antiphon.server.upstream;

import dev.antiphon.server.transport.Transport;
import dev.antiphon.server.upstream.UpstreamSettings.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: the name, then TCP, the proxy's tunnel and TLS within one deadline, then HTTP/2 or HTTP/1.1. Where a
 * name has several addresses they are tried in the resolver's order until one accepts.
 *
 * <p>Threading: immutable; a connection is opened on, and stays on, the loop it is asked for.
 */
final class UpstreamConnector {
    private final UpstreamEndpoint.Server server;
    private final int connectMillis;
    private final Protocol protocol;
    private final ProxySettings.@Nullable Proxy proxy; // null: the way is direct
    private final @Nullable SslContext tls; // null: plain
    private final HostResolver resolver;

    UpstreamConnector(UpstreamSettings settings, @Nullable SslContext tls, HostResolver resolver) {
        server = settings.endpoint().server();
        connectMillis = settings.deadlines().connectMillis();
        protocol = settings.transport().protocol();
        proxy = settings.transport().proxies().on(server);
        this.tls = tls;
        this.resolver = resolver;
    }

    /**
     * @return completes on {@code loop}; cancelling it closes what is half open in the same turn of the loop. A failure
     *     is a {@link java.net.UnknownHostException}, a {@link java.net.ConnectException} (also when the deadline
     *     passed, or the proxy refused), a {@link javax.net.ssl.SSLException} or another {@link java.io.IOException}
     */
    Promise<UpstreamLink> connect(EventLoop loop) {
        Promise<UpstreamLink> opened = loop.newPromise();
        Promise<List<InetAddress>> addresses = resolver.resolve(proxy == null ? server.host() : proxy.host(), loop);
        addresses.addListener(answer -> {
            if (answer.isSuccess()) openWithin(loop, addresses.getNow(), opened);
            else opened.tryFailure(answer.cause());
        });
        return opened;
    }

    private void openWithin(EventLoop loop, List<InetAddress> addresses, Promise<UpstreamLink> opened) {
        ScheduledFuture<?> deadline = loop.schedule(
                () -> opened.tryFailure(new ConnectTimeoutException("after " + connectMillis + " ms")),
                connectMillis,
                TimeUnit.MILLISECONDS);
        opened.addListener(done -> deadline.cancel(false));
        tryNext(loop, addresses.iterator(), opened);
    }

    private void tryNext(EventLoop loop, Iterator<InetAddress> addresses, Promise<UpstreamLink> opened) {
        if (opened.isDone()) return;
        InetAddress address = addresses.next();
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(() -> Transport.newChannelOn((IoEventLoop) loop))
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        install(channel.pipeline(), address, opened);
                    }
                });
        ChannelFuture connecting = bootstrap.connect(
                proxy == null
                        ? new InetSocketAddress(address, server.port())
                        : InetSocketAddress.createUnresolved(server.host(), server.port()));
        Channel channel = connecting.channel();
        opened.addListener(done -> {
            if (!done.isSuccess()) UpstreamConnection.abort(channel);
        });
        connecting.addListener(tcp -> {
            if (tcp.isSuccess()) onTcp(channel, opened);
            else if (addresses.hasNext()) tryNext(loop, addresses, opened);
            else opened.tryFailure(tcp.cause());
        });
    }

    private void install(ChannelPipeline pipeline, InetAddress address, Promise<UpstreamLink> opened) {
        if (proxy != null) {
            HttpProxyHandler tunnel = tunnel(proxy, address);
            tunnel.connectFuture().addListener(tunnelled -> {
                if (!tunnelled.isSuccess()) opened.tryFailure(tunnelled.cause());
            });
            pipeline.addLast(tunnel);
        }
        if (tls == null) {
            installHttp(pipeline, protocol == Protocol.HTTP2);
            return;
        }
        SslHandler handshake = tls.newHandler(pipeline.channel().alloc(), server.host(), server.port());
        handshake.setHandshakeTimeoutMillis(connectMillis);
        handshake.handshakeFuture().addListener(secured -> {
            if (!secured.isSuccess()) opened.tryFailure(secured.cause());
        });
        pipeline.addLast(handshake, new ProtocolChoice(opened));
    }

    private HttpProxyHandler tunnel(ProxySettings.Proxy through, InetAddress address) {
        InetSocketAddress at = new InetSocketAddress(address, through.port());
        HttpProxyHandler tunnel = through.user() == null
                ? new HttpProxyHandler(at)
                : new HttpProxyHandler(
                        at,
                        through.user(),
                        through.password() == null ? "" : through.password().value());
        tunnel.setConnectTimeoutMillis(connectMillis);
        return tunnel;
    }

    /** With TLS, {@link ProtocolChoice} goes on from here. */
    private void onTcp(Channel channel, Promise<UpstreamLink> opened) {
        if (tls != null) return;
        HttpProxyHandler tunnel = channel.pipeline().get(HttpProxyHandler.class);
        if (tunnel == null) {
            // In the next turn: HTTP/2 says its preface when the channel becomes active, which is after this.
            if (protocol == Protocol.HTTP2)
                channel.eventLoop().execute(() -> opened.trySuccess(linkOf(channel.pipeline())));
            else opened.trySuccess(linkOf(channel.pipeline()));
            return;
        }
        tunnel.connectFuture().addListener(tunnelled -> {
            if (tunnelled.isSuccess()) opened.trySuccess(linkOf(channel.pipeline()));
        });
    }

    private static UpstreamLink linkOf(ChannelPipeline pipeline) {
        return (UpstreamLink) pipeline.last();
    }

    private static UpstreamLink installHttp(ChannelPipeline pipeline, boolean isHttp2) {
        return isHttp2 ? Http2Trunk.install(pipeline) : UpstreamConnection.install(pipeline);
    }

    /** Follows what was agreed on while TLS was set up. */
    private final class ProtocolChoice extends ApplicationProtocolNegotiationHandler {
        private final Promise<UpstreamLink> opened;

        ProtocolChoice(Promise<UpstreamLink> opened) {
            super(ApplicationProtocolNames.HTTP_1_1);
            this.opened = opened;
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext ctx, String agreed) {
            boolean isHttp2 = ApplicationProtocolNames.HTTP_2.equals(agreed);
            if (protocol == Protocol.HTTP2 && !isHttp2) {
                opened.tryFailure(new SSLHandshakeException("protocol: " + agreed + " (expected: h2)"));
                return;
            }
            opened.trySuccess(installHttp(ctx.pipeline(), isHttp2));
        }

        /** Told already, by the handshake itself. */
        @Override
        protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
            UpstreamConnection.abort(ctx.channel());
        }

        /** Told already, or of no interest any more. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            opened.tryFailure(cause);
            UpstreamConnection.abort(ctx.channel());
        }
    }
}
