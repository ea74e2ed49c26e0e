package dev.antiphon.bench.load;

import dev.antiphon.time.NanoClock;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A relay of bytes on one event loop, which stands still for a while each second, and may change what it carries. */
@SuppressWarnings("FutureReturnValueIgnored") // stalls until its loop ends
final class StallingRelay implements AutoCloseable {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel listener;

    /**
     * @param stallMillis each second; 0: never
     * @param downlink given each piece of what comes back, gives it on
     */
    StallingRelay(InetSocketAddress target, long stallMillis, UnaryOperator<ByteBuf> downlink) {
        listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel near) {
                        connect(near, target, downlink);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
        if (stallMillis > 0) {
            loop.next().scheduleAtFixedRate(() -> standStill(stallMillis), 1, 1, TimeUnit.SECONDS);
        }
    }

    URI url() {
        return URI.create("ws://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
    }

    private static void standStill(long millis) {
        long until = NanoClock.SYSTEM.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (NanoClock.SYSTEM.nanoTime() - until < 0) Thread.onSpinWait();
    }

    private static void connect(Channel near, InetSocketAddress target, UnaryOperator<ByteBuf> downlink) {
        ChannelFuture connecting = new Bootstrap()
                .group(near.eventLoop())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(target);
        connecting.addListener(connected -> {
            Channel far = connecting.channel();
            near.pipeline().addLast(new To(far, UnaryOperator.identity()));
            far.pipeline().addLast(new To(near, downlink));
            near.config().setAutoRead(true);
            far.config().setAutoRead(true);
        });
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class To extends ChannelInboundHandlerAdapter {
        private final Channel other;
        private final UnaryOperator<ByteBuf> change;

        To(Channel other, UnaryOperator<ByteBuf> change) {
            this.other = other;
            this.change = change;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            other.writeAndFlush(change.apply((ByteBuf) bytes)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            other.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }
}
