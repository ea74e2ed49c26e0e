package dev.antiphon.server.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A model's server whose every byte the test says: it accepts, reads requests and answers in the words of the test, well
 * or badly, and has no thread of its own. Each wait is bounded.
 *
 * <p>Threading: confined to the test's thread.
 */
public final class ScriptedUpstream implements AutoCloseable {
    private static final String STREAM_HEAD =
            head("HTTP/1.1 200 OK", "Content-Type: text/event-stream; charset=utf-8", "Transfer-Encoding: chunked");
    private static final int WAIT_MILLIS = 5_000;
    private static final int LONG_WAIT_MILLIS = 30_000;
    private static final int STANDSTILL_MILLIS = 500;
    private static final int QUIET_MILLIS = 100;

    private final ServerSocket socket;
    private final String scheme;
    private final List<Connection> accepted = new ArrayList<>();

    private ScriptedUpstream(ServerSocket socket, String scheme) {
        this.socket = socket;
        this.scheme = scheme;
    }

    public static ScriptedUpstream open() {
        try {
            return new ScriptedUpstream(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), "http");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The handshake runs when the connection is first read. */
    public static ScriptedUpstream openTls(SSLContext tls) {
        try {
            return new ScriptedUpstream(
                    tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress()), "https");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With the loopback address as it stands. */
    public String baseUrl() {
        return baseUrl(socket.getInetAddress().getHostAddress());
    }

    public String baseUrl(String host) {
        return scheme + "://" + host + ":" + socket.getLocalPort() + "/v1";
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** The next connection; fails when none comes. */
    public Connection accept() throws IOException {
        socket.setSoTimeout(WAIT_MILLIS);
        return accepted(socket.accept());
    }

    /** Whether one more connection comes soon. */
    public boolean hasConnection() throws IOException {
        socket.setSoTimeout(QUIET_MILLIS);
        try {
            accepted(socket.accept());
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : accepted) connection.close();
        socket.close();
    }

    private Connection accepted(Socket peer) throws IOException {
        Connection connection = new Connection(peer);
        accepted.add(connection);
        return connection;
    }

    /** @param headers names in lower case */
    public record Request(String line, Map<String, String> headers, String body) {
        public Request {
            headers = Map.copyOf(headers);
        }
    }

    /** One accepted connection. */
    public static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        private Connection(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(WAIT_MILLIS);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        }

        public Request readRequest() throws IOException {
            return readRequest(StandardCharsets.UTF_8);
        }

        /** @param charset of the body; ISO 8859-1 keeps every byte of one that is not text */
        public Request readRequest(Charset charset) throws IOException {
            String line = readLine();
            Map<String, String> headers = new LinkedHashMap<>();
            for (String header = readLine(); !header.isEmpty(); header = readLine()) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            byte[] body = in.readNBytes(length);
            if (body.length < length) throw new EOFException("body: " + body.length + " of " + length + " bytes");
            return new Request(line, headers, new String(body, charset));
        }

        public void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        }

        public void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Status 200 and the head of a chunked event stream. */
        public void sendStreamHead() throws IOException {
            send(STREAM_HEAD);
        }

        /** One event of the stream in one chunk. */
        public void sendEvent(String data) throws IOException {
            send(chunk("data: " + data + "\n\n"));
        }

        public void sendText(String text) throws IOException {
            sendEvent(textDelta(text));
        }

        /** {@code [DONE]} and the last chunk. */
        public void sendDone() throws IOException {
            send(chunk("data: [DONE]\n\n") + "0\r\n\r\n");
        }

        /** A whole answer of one word. */
        public void answer(String text) throws IOException {
            sendStreamHead();
            sendText(text);
            sendDone();
        }

        /** Ends with FIN. */
        @Override
        public void close() throws IOException {
            socket.close();
        }

        /** Ends with RST. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Whether the client ends the connection, by FIN or RST, before it sends another byte. */
        public boolean isClosedByClient() throws IOException {
            try {
                return in.read() < 0;
            } catch (SocketTimeoutException e) {
                return false;
            } catch (SocketException | SSLException e) {
                // RST, or an end without close_notify.
                return true;
            }
        }

        /** Reads away what the client sends until it ends the connection; the bytes there were. */
        public long readUntilClosed() throws IOException {
            long bytes = 0;
            try {
                while (in.read() >= 0) bytes += 1 + in.skip(in.available());
            } catch (SocketException e) {
                return bytes;
            }
            return bytes;
        }

        /** Starts to send {@code bytes} as fast as the client takes them. */
        public Burst burst(byte[] bytes) {
            Burst burst = new Burst(socket, bytes);
            burst.start();
            return burst;
        }

        private String readLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int octet = in.read(); octet != '\n'; octet = in.read()) {
                if (octet < 0) throw new EOFException("after: " + line.toString(StandardCharsets.ISO_8859_1));
                if (octet != '\r') line.write(octet);
            }
            return line.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** Bytes on their way out as fast as the client takes them, on a thread of their own. */
    public static final class Burst {
        private static final int PIECE_BYTES = 16 << 10;

        private final Thread thread;
        private volatile long sentBytes; // written by the burst's thread, read by the test's
        private volatile @Nullable IOException failure; // likewise

        private Burst(Socket socket, byte[] bytes) {
            thread = new Thread(
                    () -> {
                        try {
                            long sent = 0;
                            for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
                                int length = Math.min(PIECE_BYTES, bytes.length - at);
                                socket.getOutputStream().write(bytes, at, length);
                                sent += length;
                                sentBytes = sent;
                            }
                        } catch (IOException e) {
                            failure = e;
                        }
                    },
                    "scripted-upstream-burst");
            thread.setDaemon(true);
        }

        private void start() {
            thread.start();
        }

        public long sentBytes() {
            return sentBytes;
        }

        /** Waits until nothing has moved for a while, and says how far the burst came. */
        public long awaitStandstill() throws InterruptedException {
            long before;
            do {
                before = sentBytes;
                thread.join(STANDSTILL_MILLIS);
            } while (sentBytes != before);
            return before;
        }

        /** Waits for the last byte. */
        public void awaitEnd() throws InterruptedException, IOException {
            thread.join(LONG_WAIT_MILLIS);
            IOException broken = failure;
            if (broken != null) throw broken;
            if (thread.isAlive()) throw new SocketTimeoutException("burst: stuck at " + sentBytes + " bytes");
        }
    }

    /** The lines of a response's head, and the empty one behind them. */
    public static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    public static String chunk(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return Integer.toHexString(bytes) + "\r\n" + text + "\r\n";
    }

    /** An event that says {@code text}, which needs no escapes. */
    public static String textDelta(String text) {
        return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":null}]}";
    }

    /** The event that says why the model stopped. */
    public static String finish() {
        return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";
    }
}
