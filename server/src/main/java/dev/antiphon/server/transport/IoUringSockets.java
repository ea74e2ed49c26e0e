package dev.antiphon.server.transport;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Optional;

/** Everything that loads Netty's classes for io_uring. */
final class IoUringSockets {
    private IoUringSockets() {}

    static Optional<String> obstacle() {
        if (!IoUring.isAvailable()) return Transport.reason(IoUring.unavailabilityCause());
        // A library of another version may load and lack what a connection needs, which shows here.
        return Errors.ERRNO_EINPROGRESS_NEGATIVE < 0 ? Optional.empty() : Optional.of("it knows no errors");
    }

    static IoHandlerFactory newHandlers() {
        return IoUringIoHandler.newFactory();
    }

    static ServerSocketChannel newServerChannel() {
        return new IoUringServerSocketChannel();
    }

    static SocketChannel newChannel() {
        return new IoUringSocketChannel();
    }

    static boolean drive(IoEventLoopGroup loops) {
        return loops.isIoType(IoUringIoHandler.class);
    }
}
