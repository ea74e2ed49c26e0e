package dev.antiphon.server.transport;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.Optional;

/** Everything that loads Netty's classes for epoll. */
final class EpollSockets {
    private EpollSockets() {}

    static Optional<String> obstacle() {
        return Epoll.isAvailable() ? Optional.empty() : Transport.reason(Epoll.unavailabilityCause());
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
