package dev.antiphon.server.client;

import static dev.antiphon.server.client.ClientOnAChannel.BINARY;
import static dev.antiphon.server.client.ClientOnAChannel.CLOSE;
import static dev.antiphon.server.client.ClientOnAChannel.CONTINUATION;
import static dev.antiphon.server.client.ClientOnAChannel.PING;
import static dev.antiphon.server.client.ClientOnAChannel.PONG;
import static dev.antiphon.server.client.ClientOnAChannel.TEXT;
import static dev.antiphon.server.client.ClientOnAChannel.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.Cuts.Memory;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class FrameReaderTest {
    private static final int MAX_BYTES = 1 << 20;
    private static final byte[] NOTHING = {};

    @Test
    void everyCutTellsTheSame() {
        byte[] stream = join(
                frame(TEXT, true, utf8("{\"ä\":\"€𝄞\"}")),
                frame(PING, true, utf8("are you there")),
                frame(TEXT, false, utf8("eins €")),
                frame(PONG, true, NOTHING),
                frame(CONTINUATION, false, NOTHING),
                frame(CONTINUATION, true, utf8(" zwei")),
                frame(BINARY, true, new byte[300]),
                frame(TEXT, true, NOTHING),
                frame(BINARY, false, new byte[] {1, 2, 3}),
                frame(CONTINUATION, true, new byte[] {(byte) 0xff}),
                frame(TEXT, true, utf8("x".repeat(200))),
                frame(CLOSE, true, new byte[] {3, (byte) 0xe8, 'b', 'y', 'e'}),
                frame(TEXT, true, utf8("nobody hears this")));
        List<String> whole = new ArrayList<>();
        Cuts.whole(stream, Memory.DIRECT, feeding(whole));
        assertThat(whole)
                .containsExactly(
                        "text {\"ä\":\"€𝄞\"}",
                        "ping are you there",
                        "pong",
                        "text eins € zwei",
                        "binary " + "00".repeat(300),
                        "text ",
                        "binary 010203ff",
                        "text " + "x".repeat(200),
                        "close 1000");
        for (Memory memory : Memory.values()) {
            for (int cut = 1; cut < stream.length; cut++) {
                List<String> told = new ArrayList<>();
                Cuts.at(cut, stream, memory, feeding(told));
                assertThat(told).as("cut at %d", cut).isEqualTo(whole);
            }
            List<String> told = new ArrayList<>();
            Cuts.byteByByte(stream, memory, feeding(told));
            assertThat(told).isEqualTo(whole);
        }
    }

    @Test
    void everyViolationIsTheSameHoweverItIsCut() {
        byte[] reserved = frame(TEXT, true, utf8("x"));
        reserved[0] |= 0x10;
        byte[] unmasked = {(byte) 0x81, 1, 'x'};
        byte[] longerThanNeeded = {(byte) 0x81, (byte) 0xfe, 0, 5, 0, 0, 0, 0};
        byte[] muchLongerThanNeeded = {(byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0};
        byte[] negative = {(byte) 0x81, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0};
        assertBreaks(1002, reserved);
        assertBreaks(1002, unmasked);
        assertBreaks(1002, longerThanNeeded);
        assertBreaks(1002, muchLongerThanNeeded);
        assertBreaks(1002, negative);
        assertBreaks(1002, frame(3, true, NOTHING));
        assertBreaks(1002, frame(11, true, NOTHING));
        assertBreaks(1002, frame(CONTINUATION, true, NOTHING));
        assertBreaks(1002, frame(TEXT, false, NOTHING), frame(BINARY, true, NOTHING));
        assertBreaks(1002, frame(PONG, false, NOTHING));
        assertBreaks(1002, frame(PING, true, new byte[126]));
        for (int code : new int[] {0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535}) {
            assertBreaks(1002, ClientOnAChannel.close(code));
        }
        assertBreaks(1002, frame(CLOSE, true, new byte[] {3}));
        assertBreaks(1007, frame(CLOSE, true, new byte[] {3, (byte) 0xe8, (byte) 0xe2, (byte) 0x82}));
        assertBreaks(1007, frame(TEXT, true, new byte[] {(byte) 0xe2, (byte) 0x82}));
        assertBreaks(
                1009,
                frame(TEXT, false, new byte[MAX_BYTES / 2 + 1]),
                frame(CONTINUATION, true, new byte[MAX_BYTES / 2]));
    }

    /** Autobahn 6.4.1 to 6.4.4. */
    @Test
    void textThatCannotBecomeUtf8IsRefusedBeforeItsFrameHasEnded() {
        byte[] poison = frame(
                TEXT,
                true,
                join(utf8("κόσμε"), new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, utf8("edited")));
        List<String> told = new ArrayList<>();
        FrameReader reader = new FrameReader(MAX_BYTES, ByteBufAllocator.DEFAULT);
        int fed = 0;
        while (told.isEmpty()) feed(reader, new byte[] {poison[fed++]}, told);
        assertThat(told).containsExactly("broken 1007");
        assertThat(fed).isEqualTo(6 + utf8("κόσμε").length + 2);
        reader.close();
    }

    @Test
    void utf8IsWhatTheJdkSaysItIsHoweverItIsCut() {
        Random random = new Random(3);
        int legal = 0;
        for (int round = 0; round < 30_000; round++) {
            byte[] text = nearlyUtf8(random);
            Utf8Check check = new Utf8Check();
            boolean accepted = true;
            for (int at = 0; at < text.length && accepted; ) {
                int to = at + 1 + random.nextInt(text.length - at);
                accepted = check.accepts(text, at, to);
                at = to;
            }
            boolean isUtf8 = check.end() && accepted;
            assertThat(isUtf8).isEqualTo(isUtf8(text));
            if (isUtf8) legal++;
        }
        assertThat(legal).isBetween(3_000, 27_000);
    }

    @Test
    void everySequenceOfThreeBytesAndEveryLeadOfFourIsJudgedAsTheJdkDoes() {
        byte[] text = new byte[4];
        for (int lead = 0; lead < 256; lead++) {
            for (int second = 0; second < 256; second++) {
                for (int third : new int[] {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff}) {
                    text[0] = (byte) lead;
                    text[1] = (byte) second;
                    text[2] = (byte) third;
                    text[3] = (byte) 0x80;
                    for (int length = 1; length <= 4; length++) {
                        byte[] part = Arrays.copyOf(text, length);
                        Utf8Check check = new Utf8Check();
                        boolean accepted = check.accepts(part, 0, length);
                        assertThat(check.end() && accepted).isEqualTo(isUtf8(part));
                    }
                }
            }
        }
    }

    @Test
    void everyLengthIsUnmaskedAlike() {
        Random random = new Random(4);
        for (int length = 0; length < 300; length++) {
            byte[] payload = new byte[length];
            random.nextBytes(payload);
            byte[] bytes = frame(BINARY, true, payload);
            List<String> told = new ArrayList<>();
            Cuts.random(random, 40, bytes, feeding(told));
            Cuts.whole(bytes, Memory.DIRECT, feeding(told));
            String expected = "binary " + hex(payload);
            assertThat(told).containsExactly(expected, expected);
        }
    }

    @Test
    void anAnnouncedLengthCostsNoMemory() {
        byte[] head = Arrays.copyOf(frame(BINARY, true, new byte[MAX_BYTES]), 20);
        long bytesOf200 = Allocation.bytesOfManyCalls(() -> {
            FrameReader reader = new FrameReader(MAX_BYTES, ByteBufAllocator.DEFAULT);
            reader.feed(Unpooled.wrappedBuffer(head), new Told(List.of()));
            reader.close();
        });
        assertThat(bytesOf200).isLessThan(200 * MAX_BYTES / 100);
    }

    @Test
    void aMessageThatIsThereWholeAllocatesNothing() {
        ByteBuf bytes = Unpooled.wrappedBuffer(frame(TEXT, true, utf8("x".repeat(1_300))));
        FrameReader reader = new FrameReader(MAX_BYTES, ByteBufAllocator.DEFAULT);
        FrameListener deaf = new FrameListener() {
            @Override
            public void onText(ByteBuf message) {}

            @Override
            public void onBinary(ByteBuf message) {}

            @Override
            public void onPing(ByteBuf payload) {}

            @Override
            public void onPong() {}

            @Override
            public void onClose(int statusCode) {}
        };
        assertThat(Allocation.bytesOfManyCalls(() -> {
                    bytes.readerIndex(0);
                    reader.feed(bytes, deaf);
                }))
                .isZero();
        reader.close();
    }

    private static void assertBreaks(int code, byte[]... frames) {
        byte[] stream = join(frames);
        List<String> told = new ArrayList<>();
        Cuts.whole(stream, Memory.DIRECT, feeding(told));
        assertThat(told).containsExactly("broken " + code);
        for (int cut = 1; cut < Math.min(stream.length, 150); cut++) {
            told.clear();
            Cuts.at(cut, stream, Memory.HEAP, feeding(told));
            assertThat(told).containsExactly("broken " + code);
        }
    }

    /** Feeds one reader with all that comes, as long as it does not break. */
    private static Consumer<ByteBuf> feeding(List<String> told) {
        FrameReader reader = new FrameReader(MAX_BYTES, ByteBufAllocator.DEFAULT);
        return piece -> {
            try {
                reader.feed(piece, new Told(told));
            } catch (CorruptedWebSocketFrameException broken) {
                told.add("broken " + broken.closeStatus().code());
                piece.skipBytes(piece.readableBytes());
                reader.close();
            }
        };
    }

    private static void feed(FrameReader reader, byte[] bytes, List<String> told) {
        try {
            reader.feed(Unpooled.wrappedBuffer(bytes), new Told(told));
        } catch (CorruptedWebSocketFrameException broken) {
            told.add("broken " + broken.closeStatus().code());
        }
    }

    private record Told(List<String> told) implements FrameListener {
        @Override
        public void onText(ByteBuf message) {
            assertThat(message.hasArray()).isTrue();
            told.add("text " + message.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void onBinary(ByteBuf message) {
            byte[] bytes = new byte[message.readableBytes()];
            message.getBytes(message.readerIndex(), bytes);
            told.add("binary " + hex(bytes));
        }

        @Override
        public void onPing(ByteBuf payload) {
            told.add("ping " + payload.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void onPong() {
            told.add("pong");
        }

        @Override
        public void onClose(int statusCode) {
            told.add("close " + statusCode);
        }
    }

    private static byte[] nearlyUtf8(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(60); i >= 0; i--) {
            switch (random.nextInt(5)) {
                case 0 -> text.appendCodePoint(0x80 + random.nextInt(0x700));
                case 1 -> text.appendCodePoint(0xe000 + random.nextInt(0x1000));
                case 2 -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
                default -> text.append("abc".repeat(random.nextInt(12)));
            }
        }
        byte[] bytes = utf8(text.toString() + "!");
        if (random.nextBoolean()) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        return bytes;
    }

    private static boolean isUtf8(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] join(byte[]... parts) {
        ByteBuf joined = Unpooled.wrappedBuffer(parts);
        byte[] bytes = new byte[joined.readableBytes()];
        joined.readBytes(bytes);
        return bytes;
    }
}
