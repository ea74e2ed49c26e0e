package dev.antiphon.bench.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Ports on 127.0.0.1.
 *
 * <p>Threading: immutable.
 */
final class Loopback {
    static final String HOST = "127.0.0.1";

    private static final int ANSWER_MILLIS = 2_000;
    private static final long RETRY_MILLIS = 50;

    private Loopback() {}

    /** A port that was free a moment ago: programs that cannot say which one they took need to be told one. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return socket.getLocalPort();
        }
    }

    /**
     * Waits until a server answers HTTP with anything but a fault of its own, through whatever stands before it.
     *
     * @return whether it does; false too when it has ended
     */
    static boolean answers(int port, Child server, long withinMillis) throws InterruptedException {
        for (long tries = withinMillis / RETRY_MILLIS; tries > 0; tries--) {
            if (answers(port)) return true;
            if (server.endsWithin(RETRY_MILLIS)) return false;
        }
        return false;
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream()
                    .write(("GET /v1/models HTTP/1.1\r\nHost: " + HOST + ":" + port + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String status = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            return status != null && status.matches("HTTP/1\\.[01] [1-4]\\d\\d.*");
        } catch (IOException e) {
            return false;
        }
    }
}
