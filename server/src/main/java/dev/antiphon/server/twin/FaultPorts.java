package dev.antiphon.server.twin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Servers on loopback that fail below HTTP: one resets what it accepts, one never says a word, one answers a TLS
 * handshake with what is none.
 *
 * <p>Threading: thread-safe.
 */
public final class FaultPorts implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("twin-faults", true), NioIoHandler.newFactory());
    private final ChannelGroup channels = new DefaultChannelGroup(loops.next(), true);
    private final InetSocketAddress resetting;
    private final InetSocketAddress mute;
    private final InetSocketAddress garblingTls;

    /**
     * Listens on three ports in a row, and returns when it does.
     *
     * @param firstPort 0: any three that are free
     * @throws UncheckedIOException a port cannot be had
     */
    public static FaultPorts open(int firstPort) {
        return new FaultPorts(firstPort);
    }

    private FaultPorts(int firstPort) {
        resetting = listen(firstPort, new Resetting());
        mute = listen(firstPort == 0 ? 0 : firstPort + 1, new Mute());
        garblingTls = listen(firstPort == 0 ? 0 : firstPort + 2, new GarblingTls());
    }

    /** Resets every connection as soon as it is there. */
    public InetSocketAddress resetting() {
        return resetting;
    }

    /** Accepts every connection and says nothing. */
    public InetSocketAddress mute() {
        return mute;
    }

    /** Answers whatever comes first with bytes that are no TLS. */
    public InetSocketAddress garblingTls() {
        return garblingTls;
    }

    @Override
    public void close() {
        channels.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private InetSocketAddress listen(int port, Connection connection) {
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(connection)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new UncheckedIOException(
                    new IOException("fault ports: cannot listen on 127.0.0.1:" + port, bound.cause()));
        }
        channels.add(bound.channel());
        return (InetSocketAddress) bound.channel().localAddress();
    }

    /** What each connection gets. */
    @Sharable
    private abstract class Connection extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channels.add(ctx.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // whether closing went well changes nothing: the peer has gone
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private final class Resetting extends Connection {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            WireFault.reset(ctx.channel());
        }
    }

    private final class Mute extends Connection {}

    private final class GarblingTls extends Connection {
        /** Begins with no content type of RFC 8446 §5.1. */
        private final ByteBuf garbage = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[] {
            0x7f, 0x45, 0x4c, 0x46, (byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef, 0x00, 0x01, 0x02, 0x03
        }));

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
            Channel channel = ctx.channel();
            channel.writeAndFlush(garbage.duplicate()).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }
}
