package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of the whole pipeline, byte by byte where it matters, with time turned by hand and a socket that can clog. */
final class ClientOnAChannel implements AutoCloseable {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    final MockTicker ticker = Ticker.newMockTicker();
    final ScriptedSession session = new ScriptedSession();
    final EmbeddedChannel channel;
    private final ByteBuf received = Unpooled.buffer();
    private boolean isClogged;

    ClientOnAChannel() {
        this(ClientLimits.DEFAULT, Admission.OPEN);
    }

    ClientOnAChannel(ClientLimits limits, Admission admission) {
        this(limits, admission, HttpRoutes.NONE);
    }

    ClientOnAChannel(ClientLimits limits, Admission admission, HttpRoutes routes) {
        this(limits, admission, routes, null);
    }

    /** One whose session is not {@link #session}. */
    ClientOnAChannel(SessionFactory sessions) {
        this(ClientLimits.DEFAULT, Admission.OPEN, HttpRoutes.NONE, sessions);
    }

    /** @param sessions null: {@link #session} */
    private ClientOnAChannel(
            ClientLimits limits, Admission admission, HttpRoutes routes, @Nullable SessionFactory sessions) {
        ChannelHandler initializer = new ClientChannelInitializer(
                limits, admission, sessions == null ? session : sessions, routes, ticker::nanoTime);
        channel = new Cloggable(EmbeddedChannel.builder().ticker(ticker).handlers(initializer));
    }

    private final class Cloggable extends EmbeddedChannel {
        Cloggable(Builder builder) {
            super(builder);
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            if (!isClogged) super.doWrite(in);
        }
    }

    /** @param bytes of the payload */
    record Frame(int opcode, String text, int closeCode, int bytes) {
        Frame(int opcode, String text, int closeCode) {
            this(opcode, text, closeCode, 0);
        }

        /** The payload's length is asked for where it matters. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Frame that
                    && opcode == that.opcode
                    && text.equals(that.text)
                    && closeCode == that.closeCode;
        }

        @Override
        public int hashCode() {
            return Objects.hash(opcode, text, closeCode);
        }
    }

    /** A client that has its session. */
    static ClientOnAChannel upgraded() {
        return upgraded(new ClientOnAChannel());
    }

    static ClientOnAChannel upgraded(ClientOnAChannel client) {
        client.send(client.upgradeRequest("/v1/realtime?model=gpt-realtime", ""));
        assertThat(client.takeText()).startsWith("HTTP/1.1 101 ");
        assertThat(client.session.takeCalls()).containsExactly("new gpt-realtime", "open");
        return client;
    }

    String upgradeRequest(String uri, String moreHeaders) {
        return "GET " + uri + " HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n" + moreHeaders + "\r\n";
    }

    void send(String bytes) {
        send(bytes.getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) {
        channel.writeInbound(channel.alloc().buffer().writeBytes(bytes));
    }

    void sendText(String text) {
        send(frame(TEXT, true, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A masked frame; the mask is not zero. */
    static byte[] frame(int opcode, boolean isLast, byte[] payload) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeByte((isLast ? 0x80 : 0) | opcode);
        if (payload.length < 126) frame.writeByte(0x80 | payload.length);
        else if (payload.length < 1 << 16) frame.writeByte(0x80 | 126).writeShort(payload.length);
        else frame.writeByte(0x80 | 127).writeLong(payload.length);
        byte[] mask = {1, 2, 3, 4};
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) frame.writeByte(payload[i] ^ mask[i & 3]);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        return bytes;
    }

    static byte[] close(int code) {
        return frame(CLOSE, true, new byte[] {(byte) (code >> 8), (byte) code});
    }

    void advanceMillis(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    void clog() {
        isClogged = true;
    }

    void unclog() {
        isClogged = false;
        channel.flush();
        channel.runPendingTasks();
    }

    /** What came as plain text. */
    String takeText() {
        receive();
        String text = received.toString(StandardCharsets.UTF_8);
        received.clear();
        return text;
    }

    /** What came as frames. */
    List<Frame> takeFrames() {
        receive();
        List<Frame> frames = new ArrayList<>();
        while (received.isReadable()) {
            int opcode = received.readUnsignedByte();
            assertThat(opcode & 0xf0).as("FIN and nothing else").isEqualTo(0x80);
            int length = received.readUnsignedByte();
            if (length == 126) length = received.readUnsignedShort();
            else if (length == 127) length = (int) received.readLong();
            ByteBuf payload = received.readSlice(length);
            int code = opcode == (0x80 | CLOSE) && length >= 2 ? payload.readUnsignedShort() : 0;
            frames.add(new Frame(opcode & 0xf, payload.toString(StandardCharsets.UTF_8), code, length));
        }
        return frames;
    }

    private void receive() {
        channel.runPendingTasks();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            received.writeBytes(bytes);
            bytes.release();
        }
    }

    @Override
    public void close() {
        isClogged = false;
        channel.finishAndReleaseAll();
    }
}
