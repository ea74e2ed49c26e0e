package dev.antiphon.server.transport;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How event loops wait for sockets. NIO is always there; the others where Netty's native library for this machine is on
 * the class path and the kernel has what it needs.
 *
 * <p>Threading: immutable.
 */
public enum Transport {
    /** The JDK's selectors. */
    NIO("") {
        @Override
        public Optional<String> obstacle() {
            return Optional.empty();
        }

        @Override
        public IoHandlerFactory newHandlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        public ServerSocketChannel newServerChannel() {
            return new NioServerSocketChannel();
        }

        @Override
        SocketChannel newChannel() {
            return new NioSocketChannel();
        }

        @Override
        boolean drives(IoEventLoopGroup loops) {
            return loops.isIoType(NioIoHandler.class);
        }
    },
    EPOLL("netty_transport_native_epoll") {
        @Override
        public Optional<String> obstacle() {
            return obstacleOf(EpollSockets::obstacle);
        }

        @Override
        public IoHandlerFactory newHandlers() {
            return EpollSockets.newHandlers();
        }

        @Override
        public ServerSocketChannel newServerChannel() {
            return EpollSockets.newServerChannel();
        }

        @Override
        SocketChannel newChannel() {
            return EpollSockets.newChannel();
        }

        @Override
        boolean drives(IoEventLoopGroup loops) {
            return EpollSockets.drive(loops);
        }
    },
    IO_URING("netty_transport_native_io_uring42") {
        @Override
        public Optional<String> obstacle() {
            return obstacleOf(IoUringSockets::obstacle);
        }

        @Override
        public IoHandlerFactory newHandlers() {
            return IoUringSockets.newHandlers();
        }

        @Override
        public ServerSocketChannel newServerChannel() {
            return IoUringSockets.newServerChannel();
        }

        @Override
        SocketChannel newChannel() {
            return IoUringSockets.newChannel();
        }

        @Override
        boolean drives(IoEventLoopGroup loops) {
            return IoUringSockets.drive(loops);
        }
    };

    private static final List<Transport> NATIVE_BY_PREFERENCE = List.of(EPOLL, IO_URING);
    private static final Map<String, String> NETTYS_NAMES_OF_MACHINES =
            Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64", "aarch_64");

    private final String library; // empty: none is needed

    Transport(String library) {
        this.library = library;
    }

    /** The first that works of epoll, io_uring and NIO; those only whose library is on the class path. */
    public static Transport best() {
        for (Transport transport : NATIVE_BY_PREFERENCE) {
            if (transport.hasLibrary() && transport.obstacle().isEmpty()) return transport;
        }
        return NIO;
    }

    /** To try in vain takes a hundred times as long as to look. */
    private boolean hasLibrary() {
        String machine = NETTYS_NAMES_OF_MACHINES.get(System.getProperty("os.arch", ""));
        String file = "META-INF/native/lib" + library + "_" + machine + ".so";
        return machine != null && Transport.class.getClassLoader().getResource(file) != null;
    }

    /** A channel for connections that are opened on these loops. */
    public static SocketChannel newChannelOn(IoEventLoopGroup loops) {
        // NIO first, so that nothing of the others is loaded where it is not used.
        for (Transport transport : values()) {
            if (transport.drives(loops)) return transport.newChannel();
        }
        throw new IllegalArgumentException("loops: " + loops + " (expected: of a known transport)");
    }

    /** Why it cannot be used here; empty: it can. */
    public abstract Optional<String> obstacle();

    public abstract IoHandlerFactory newHandlers();

    public abstract ServerSocketChannel newServerChannel();

    abstract SocketChannel newChannel();

    abstract boolean drives(IoEventLoopGroup loops);

    /** The native ones, which may be left out by those who embed the gateway. */
    private interface Probe {
        Optional<String> obstacle();
    }

    private static Optional<String> obstacleOf(Probe probe) {
        try {
            return probe.obstacle();
        } catch (UnsatisfiedLinkError e) {
            return Optional.of("its native library is of another version, " + e.getMessage());
        } catch (LinkageError e) {
            return Optional.of("its classes are not on the class path");
        }
    }

    /** What went wrong first. */
    static Optional<String> reason(Throwable unavailable) {
        Throwable first = unavailable;
        while (first.getCause() != null) first = first.getCause();
        return Optional.of(
                String.valueOf(first.getMessage()).lines().findFirst().orElse("it says nothing"));
    }
}
