package dev.antiphon.server.conformance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A client of one socket and nothing else, so that it can do what no library does. Reads block for ten seconds at most.
 *
 * <pre>
 *  RFC 6455 §5.2, as sent:  | 1 0 0 0 opcode | 1 length (16 bit from 126) | mask key 0 0 0 0 | payload |
 * </pre>
 *
 * <p>Threading: confined to the test's thread.
 */
public final class PlainSocketClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final String SUBPROTOCOL = "sec-websocket-protocol:";
    private static final Pattern TYPE = Pattern.compile("\"type\":\"([a-z_.]+)\"");
    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;

    private final Socket socket;
    private final DataInputStream in;
    private final @Nullable EventOrder order; // null: what comes is for the test to judge
    private final Set<String> sentTypes = new HashSet<>();
    private long longestFrameBytes;
    private String subprotocol = ""; // empty: the gateway chose none

    public PlainSocketClient(URI realtimeUrl, String model) throws IOException {
        this(realtimeUrl, model, new EventOrder());
    }

    /**
     * One that takes every event as it comes.
     *
     * @param headerLines of the handshake, beside those that make it one
     */
    static PlainSocketClient unordered(URI realtimeUrl, String model, String... headerLines) throws IOException {
        return new PlainSocketClient(realtimeUrl, model, null, headerLines);
    }

    private PlainSocketClient(URI realtimeUrl, String model, @Nullable EventOrder order, String... headerLines)
            throws IOException {
        this.order = order;
        socket = new Socket(realtimeUrl.getHost(), realtimeUrl.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        String head = "GET " + realtimeUrl.getPath() + "?model=" + model + " HTTP/1.1\r\n"
                + "Host: " + realtimeUrl.getAuthority() + "\r\n"
                + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + Stream.of(headerLines).map(line -> line + "\r\n").collect(Collectors.joining())
                + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        String status = readLine();
        if (!status.contains(" 101 ")) throw new AssertionError("handshake: " + status + " (expected: 101)");
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith(SUBPROTOCOL)) {
                subprotocol = line.substring(SUBPROTOCOL.length()).strip();
            }
        }
    }

    /** As the gateway chose it; empty: none. */
    String subprotocol() {
        return subprotocol;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) if (c != '\r') line.append((char) c);
        return line.toString();
    }

    public void send(String text) throws IOException {
        Matcher type = TYPE.matcher(text);
        if (type.find()) sentTypes.add(type.group(1));
        write(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    void append(byte[] pcm) throws IOException {
        send("{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                + Base64.getEncoder().encodeToString(pcm) + "\"}");
    }

    public void write(String words) throws IOException {
        send("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\",\"content\":"
                + "[{\"type\":\"input_text\",\"text\":\"" + words + "\"}]}}");
    }

    public void askForResponse() throws IOException {
        send("{\"type\":\"response.create\"}");
    }

    void sendBinary(byte[] payload) throws IOException {
        write(BINARY, payload);
    }

    private void write(int opcode, byte[] payload) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 8);
        frame.write(FIN | opcode);
        if (payload.length < 126) {
            frame.write(MASKED | payload.length);
        } else {
            frame.write(MASKED | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        socket.getOutputStream().write(frame.toByteArray());
    }

    /** The next event, which has passed the protocol's order if the client has one. */
    public Frame next() throws IOException {
        while (true) {
            int opcode = in.readUnsignedByte() & 0x0F;
            long length = in.readUnsignedByte();
            if (length == 126) length = in.readUnsignedShort();
            else if (length == 127) length = in.readLong();
            longestFrameBytes = Math.max(longestFrameBytes, length);
            byte[] payload = in.readNBytes((int) length);
            if (opcode == PING) write(PONG, payload);
            if (opcode == CLOSE) throw new AssertionError("the gateway closed the connection");
            if (opcode != TEXT) continue;
            Frame frame = Frame.parse(new String(payload, StandardCharsets.UTF_8));
            if (order != null) order.accept(frame);
            return frame;
        }
    }

    /** Of all events that were sent; the type stands first in them. */
    Set<String> sentTypes() {
        return sentTypes;
    }

    /** Of all frames that came. */
    long longestFrameBytes() {
        return longestFrameBytes;
    }

    Frame await(String type) throws IOException {
        while (true) {
            Frame frame = next();
            if (frame.type().equals(type)) return frame;
        }
    }

    /** All events as far as the next of a type, which is the last. */
    List<Frame> readUntil(String type) throws IOException {
        List<Frame> frames = new ArrayList<>();
        do frames.add(next());
        while (!frames.get(frames.size() - 1).type().equals(type));
        return frames;
    }

    SpokenAnswer answer() throws IOException {
        SpokenAnswer answer = new SpokenAnswer(await("response.created"));
        while (!answer.add(next())) {}
        return answer;
    }

    /** Without a WebSocket Close, and without a goodbye of TCP either: the peer sees a reset. */
    void vanish() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Without a WebSocket Close. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
