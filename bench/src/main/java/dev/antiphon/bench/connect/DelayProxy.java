package dev.antiphon.bench.connect;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * A network of its own between two ports of loopback: every byte arrives later, in order, as far apart as it was sent. A
 * connection is accepted at once and reaches the other side half a round trip later, so the first byte of an answer comes
 * no sooner than a round trip after the first byte of a question. TCP's own handshake is not delayed: the time it would
 * take is added before the first byte is let through, as one round trip.
 *
 * <p>Threading: thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of what is merely late
final class DelayProxy implements AutoCloseable {
    private final Channel listener;

    /** @param roundTripMillis of which each direction has half */
    DelayProxy(EventLoopGroup loops, InetSocketAddress target, long roundTripMillis) {
        long oneWayNanos = TimeUnit.MILLISECONDS.toNanos(roundTripMillis) / 2;
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel near) {
                        connect(near, target, oneWayNanos);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private static void connect(Channel near, InetSocketAddress target, long oneWayNanos) {
        long handshakeNanos = 2 * oneWayNanos;
        ChannelFuture connecting = new Bootstrap()
                .group(near.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(target);
        connecting.addListener(connected -> {
            if (!connected.isSuccess()) {
                near.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                return;
            }
            Channel far = connecting.channel();
            near.pipeline().addLast(new Late(far, oneWayNanos));
            far.pipeline().addLast(new Late(near, oneWayNanos));
            near.eventLoop().schedule(() -> near.config().setAutoRead(true), handshakeNanos, TimeUnit.NANOSECONDS);
            far.config().setAutoRead(true);
        });
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
    }

    /** Hands on what it reads after a while; the loop fires equal delays in order. */
    private static final class Late extends ChannelInboundHandlerAdapter {
        private final Channel other;
        private final long delayNanos;

        Late(Channel other, long delayNanos) {
            this.other = other;
            this.delayNanos = delayNanos;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            ctx.executor()
                    .schedule(
                            () -> other.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE_ON_FAILURE),
                            delayNanos,
                            TimeUnit.NANOSECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            ctx.executor()
                    .schedule(
                            () -> other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE),
                            delayNanos,
                            TimeUnit.NANOSECONDS);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }
}
