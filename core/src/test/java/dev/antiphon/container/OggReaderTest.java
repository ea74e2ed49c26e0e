package dev.antiphon.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class OggReaderTest {
    private static final String HEAD = "OpusHead[channels=1, preSkipSamples=312, inputRateHz=48000, gainQ8Db=0]";
    private static final int FRAME = 960;

    /** 20 ms of CELT: one frame of so many bytes. */
    static byte[] packet(int seed, int bytes) {
        byte[] packet = new byte[bytes];
        new Random(seed).nextBytes(packet);
        packet[0] = (byte) (31 << 3);
        return packet;
    }

    private static String hex(byte[] packet) {
        return HexFormat.of().formatHex(packet);
    }

    private static List<String> whole(OggFile file) {
        return RecordingOpus.ogg(feed -> Cuts.whole(file.bytes(), Cuts.Memory.HEAP, feed));
    }

    @Test
    void packetsComeWhateverTheCuts() {
        byte[] small = packet(1, 3);
        byte[] exact = packet(2, 255);
        byte[] large = packet(3, 700);
        byte[] file = OggFile.withHead(312)
                .page(0, 2 * FRAME, small, exact)
                .openPage(0, -1, Arrays.copyOf(large, 510))
                .page(OggPage.CONTINUED | OggPage.LAST, 4 * FRAME - 100, Arrays.copyOfRange(large, 510, 700), small)
                .bytes();
        List<String> expected = List.of(HEAD, hex(small), hex(exact), hex(large), hex(small), "trim 100");

        for (Cuts.Memory memory : Cuts.Memory.values()) {
            assertThat(RecordingOpus.ogg(feed -> Cuts.whole(file, memory, feed)))
                    .isEqualTo(expected);
            assertThat(RecordingOpus.ogg(feed -> Cuts.byteByByte(file, memory, feed)))
                    .isEqualTo(expected);
        }
        for (int cut = 1; cut < file.length; cut++) {
            int at = cut;
            assertThat(RecordingOpus.ogg(feed -> Cuts.at(at, file, Cuts.Memory.DIRECT, feed)))
                    .as("cut at %d", at)
                    .isEqualTo(expected);
        }
    }

    @Test
    void whatTheWriterWritesIsRead() {
        OggWriter writer = new OggWriter(new OpusHead(1, 312, 24_000, 0), 5);
        ByteBuf file = Unpooled.buffer();
        writer.begin(file);
        Random random = new Random(6);
        RecordingOpus expected = new RecordingOpus();
        expected.onHead(new OpusHead(1, 312, 24_000, 0));
        for (int i = 0; i < 200; i++) {
            ByteBuf packet = Unpooled.wrappedBuffer(packet(i, 1 + random.nextInt(1_200)));
            writer.write(packet, file);
            expected.onPacket(packet);
            if (random.nextInt(10) == 0) writer.flush(file);
        }
        writer.end(7, file);
        expected.onTrim(7);

        byte[] bytes = Arrays.copyOf(file.array(), file.readableBytes());
        assertThat(RecordingOpus.ogg(feed -> Cuts.every(13, bytes, Cuts.Memory.HEAP, feed)))
                .isEqualTo(expected.calls);
    }

    @Test
    void theWriterKeepsOnlyTheLastPacketBack() {
        OggWriter writer = new OggWriter(new OpusHead(1, 0, 0, 0), 5);
        ByteBuf file = Unpooled.buffer();
        writer.begin(file);
        for (int i = 0; i < 3; i++) writer.write(Unpooled.wrappedBuffer(packet(i, 10)), file);
        writer.flush(file);

        byte[] bytes = Arrays.copyOf(file.array(), file.readableBytes());
        assertThat(RecordingOpus.ogg(feed -> Cuts.whole(bytes, Cuts.Memory.HEAP, feed)))
                .hasSize(3)
                .endsWith(hex(packet(1, 10)));
    }

    @Test
    void tagsMayTakeManyPages() {
        byte[] tags = Arrays.copyOf("OpusTags".getBytes(StandardCharsets.US_ASCII), 255 * 250);
        OggFile file = new OggFile().page(OggPage.FIRST, 0, head()).openPage(0, -1, tags);
        for (int i = 0; i < 4; i++) file.openPage(OggPage.CONTINUED, -1, tags);
        file.page(OggPage.CONTINUED, 0, new byte[1]).page(OggPage.LAST, FRAME, packet(1, 9));

        assertThat(whole(file)).containsExactly(HEAD, hex(packet(1, 9)));
    }

    @Test
    void otherStreamsArePassedOver() {
        byte[] other = {0x01, 'v', 'o', 'r', 'b', 'i', 's', 0};
        OggFile file = new OggFile()
                .page(3, 0, OggPage.FIRST, 0, false, other)
                .page(OggPage.FIRST, 0, head())
                .page(3, 1, 0, 99, false, new byte[40])
                .page(0, 0, "OpusTags".getBytes(StandardCharsets.US_ASCII))
                .page(3, 9, OggPage.LAST, 99, false, new byte[40])
                .page(OggPage.LAST, FRAME, packet(1, 9));

        assertThat(whole(file)).containsExactly(HEAD, hex(packet(1, 9)));
    }

    @Test
    void aLostPacketIsNone() {
        OggFile file = OggFile.withHead(312).page(OggPage.LAST, FRAME, new byte[0], packet(1, 9));

        assertThat(whole(file)).containsExactly(HEAD, hex(packet(1, 9)));
    }

    @Test
    void aFileThatBreaksOffIsReadAsFarAsItGoes() {
        byte[] file = OggFile.withHead(312)
                .page(0, FRAME, packet(1, 9))
                .page(OggPage.LAST, 2 * FRAME, packet(2, 9))
                .bytes();
        byte[] broken = Arrays.copyOf(file, file.length - 1);

        assertThat(RecordingOpus.ogg(feed -> Cuts.whole(broken, Cuts.Memory.HEAP, feed)))
                .containsExactly(HEAD, hex(packet(1, 9)));
    }

    private static byte[] head() {
        ByteBuf head = Unpooled.buffer(OpusHead.BYTES);
        new OpusHead(1, 312, 48_000, 0).write(head);
        return head.array();
    }

    /** RFC 7845 §4.4. */
    @Nested
    class Trimming {
        @Test
        void theLastPageSaysHowMuchOfItIsSound() {
            assertThat(trims(OggFile.withHead(312)
                            .page(0, FRAME, packet(1, 9))
                            .page(OggPage.LAST, 3 * FRAME - 1_000, packet(2, 9), packet(3, 9))))
                    .containsExactly("trim 1000");
        }

        @Test
        void aStreamMayBeginLate() {
            assertThat(trims(OggFile.withHead(312)
                            .page(0, 480_000 + FRAME, packet(1, 9))
                            .page(OggPage.LAST, 480_000 + 2 * FRAME - 5, packet(2, 9))))
                    .containsExactly("trim 5");
        }

        @Test
        void theOnlyPageMayBeTrimmedToo() {
            assertThat(trims(OggFile.withHead(312).page(OggPage.LAST, FRAME - 7, packet(1, 9))))
                    .containsExactly("trim 7");
        }

        @Test
        void aPositionThatContradictsThePageBeforeIsNotBelieved() {
            assertThat(trims(OggFile.withHead(312).page(0, FRAME, packet(1, 9)).page(OggPage.LAST, 10, packet(2, 9))))
                    .isEmpty();
        }

        @Test
        void onlyTheLastPageTrims() {
            assertThat(trims(OggFile.withHead(312).page(0, FRAME, packet(1, 9)).page(0, 2 * FRAME - 10, packet(2, 9))))
                    .isEmpty();
        }

        private static List<String> trims(OggFile file) {
            return whole(file).stream().filter(call -> call.startsWith("trim")).toList();
        }
    }

    @Nested
    class Faults {
        @Test
        void aBrokenPage() {
            byte[] file = OggFile.withHead(312)
                    .page(OggPage.LAST, FRAME, packet(1, 9))
                    .bytes();
            for (int at = file.length - 36; at < file.length; at++) {
                byte[] broken = file.clone();
                broken[at] ^= 0x10;
                assertThat(RecordingOpus.ogg(feed -> Cuts.whole(broken, Cuts.Memory.HEAP, feed)))
                        .as("byte %d", at)
                        .doesNotContain(hex(packet(1, 9)));
            }
        }

        @Test
        void anotherCodecIsNamed() {
            assertFault(
                    new OggFile()
                            .page(OggPage.FIRST, 0, new byte[] {1, 'v', 'o', 'r', 'b', 'i', 's'})
                            .page(0, 0, new byte[9]),
                    "ogg: Vorbis (expected: Opus)");
        }

        @Test
        void aGap() {
            assertFault(
                    OggFile.withHead(312).page(OggFile.SERIAL, 3, 0, FRAME, false, packet(1, 9)),
                    "ogg page: a gap before it (expected: numbers in order)");
        }

        @Test
        void aPacketThatGoesOnNowhere() {
            assertFault(
                    OggFile.withHead(312).openPage(0, -1, new byte[255]).page(0, FRAME, packet(1, 9)),
                    "ogg page: begins with a packet (expected: as the page before it ended)");
        }

        @Test
        void aSecondStream() {
            assertFault(
                    OggFile.withHead(312)
                            .page(OggPage.LAST, FRAME, packet(1, 9))
                            .page(4, 0, OggPage.FIRST, 0, false, head()),
                    "ogg: a stream after another (expected: one)");
        }

        @Test
        void aPacketWithoutAnEnd() {
            OggFile file = OggFile.withHead(312).openPage(0, -1, new byte[255 * 240]);
            assertFault(
                    file.openPage(OggPage.CONTINUED, -1, new byte[255 * 240]),
                    "opus packet: more than 61440 bytes (expected: at most that)");
        }

        @Test
        void anIllegalPacket() {
            assertFault(
                    OggFile.withHead(312).page(0, FRAME, new byte[] {3, 0}),
                    "opus packet: 0 frames of 480 samples (expected: 1 or more, 120 ms at most)");
        }

        @Test
        void moreChannelsThanTwo() {
            byte[] head = head();
            head[9] = 6;
            assertFault(new OggFile().page(OggPage.FIRST, 0, head), "channels: 6 (expected: 1 or 2)");
        }

        @Test
        void noSoundAtAll() {
            assertFault(
                    new OggFile().page(OggPage.FIRST, 0, head()),
                    "ogg: ended before its sound (expected: OpusTags, then sound)");
        }

        private static void assertFault(OggFile file, String fault) {
            assertThat(whole(file)).endsWith(fault);
        }
    }
}
