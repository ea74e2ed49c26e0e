package dev.antiphon.server.transport;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Errors;
import java.util.Optional;

/** Everything that loads Netty's classes for epoll. */
final class EpollSockets {
    private EpollSockets() {}

    static Optional<String> obstacle() {
        if (!Epoll.isAvailable()) return Transport.reason(Epoll.unavailabilityCause());
        // A library of another version may load and lack what a connection needs, which shows here.
        return Errors.ERRNO_EINPROGRESS_NEGATIVE < 0 ? Optional.empty() : Optional.of("it knows no errors");
    }

    static IoHandlerFactory newHandlers() {
        return EpollIoHandler.newFactory();
    }

    static ServerSocketChannel newServerChannel() {
        return new EpollServerSocketChannel();
    }

    static SocketChannel newChannel() {
        return new EpollSocketChannel();
    }

    static boolean drive(IoEventLoopGroup loops) {
        return loops.isIoType(EpollIoHandler.class);
    }
}
