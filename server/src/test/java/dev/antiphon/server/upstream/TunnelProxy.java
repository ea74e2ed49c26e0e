package dev.antiphon.server.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A proxy on loopback that lets everybody through to one port, whatever server is asked for.
 *
 * <p>Threading: two threads for each tunnel, ended by {@link #close}.
 */
final class TunnelProxy implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final int targetPort;

    TunnelProxy(int targetPort) throws IOException {
        this.targetPort = targetPort;
        inBackground(() -> {
            while (true) tunnel(socket.accept());
        });
    }

    int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : open) each.close();
    }

    private void tunnel(Socket client) throws IOException {
        open.add(client);
        InputStream in = client.getInputStream();
        for (int lineEnds = 0; lineEnds < 4; ) {
            int octet = in.read();
            if (octet < 0) return;
            lineEnds = octet == '\r' || octet == '\n' ? lineEnds + 1 : 0;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
        open.add(server);
        client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        inBackground(() -> pass(client, server));
        inBackground(() -> pass(server, client));
    }

    private static void pass(Socket from, Socket to) throws IOException {
        try (OutputStream out = to.getOutputStream()) {
            from.getInputStream().transferTo(out);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void inBackground(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One end is closed: so is the tunnel.
                    }
                },
                "tunnel-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}
