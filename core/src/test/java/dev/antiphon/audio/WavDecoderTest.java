package dev.antiphon.audio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class WavDecoderTest {
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int ALAW = 6;
    private static final int MULAW = 7;
    private static final long UNKNOWN = 0xFFFF_FFFFL;

    static List<Arguments> readableFiles() {
        return List.of(
                Arguments.of(
                        "six channels, mixed and rounded",
                        riff(0).fmt(PCM, 6, 48_000, 16).data(s16(6, 6, 6, 6, 6, 12, -1, -1, -1, -1, 0, 0)),
                        samples(7, -1)),
                Arguments.of("plain", riff(0).fmt(PCM, 1, 24_000, 16).data(s16(1, -2, 300)), samples(1, -2, 300)),
                Arguments.of(
                        "LIST of odd length before fmt and data",
                        riff(0).chunk("LIST", new byte[7])
                                .fmt(PCM, 1, 16_000, 16)
                                .chunk("fact", new byte[4])
                                .chunk("JUNK", new byte[0])
                                .data(s16(5, 6)),
                        samples(5, 6)),
                Arguments.of(
                        "fmt of 18 bytes, then of odd length",
                        riff(0).fmtLonger(PCM, 1, 8_000, 16, 3).data(s16(7)),
                        samples(7)),
                Arguments.of(
                        "chunks after the sound",
                        riff(0).fmt(PCM, 1, 24_000, 16).data(s16(8, 9)).chunk("LIST", new byte[40]),
                        samples(8, 9)),
                Arguments.of(
                        "8 bits, unsigned",
                        riff(0).fmt(PCM, 1, 8_000, 8).data(bytes(0, 128, 255)),
                        samples(-32_768, 0, 32_512)),
                Arguments.of(
                        "24 bits, rounded",
                        riff(0).fmt(PCM, 1, 48_000, 24)
                                .data(bytes(0x7F, 0x01, 0x00, 0x80, 0x01, 0x00, 0xFF, 0xFF, 0x7F, 0x00, 0x00, 0x80)),
                        samples(1, 2, 32_767, -32_768)),
                Arguments.of(
                        "32 bits",
                        riff(0).fmt(PCM, 1, 48_000, 32).data(bytes(0, 0, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0x7F)),
                        samples(0x1234, 32_767)),
                Arguments.of(
                        "float, clipped, NaN is silence",
                        riff(0).fmt(FLOAT, 1, 48_000, 32)
                                .data(floats(0.5f, -1f, 2f, Float.NaN, Float.NEGATIVE_INFINITY)),
                        samples(16_384, -32_768, 32_767, 0, -32_768)),
                Arguments.of(
                        "stereo is mixed",
                        riff(0).fmt(PCM, 2, 44_100, 16).data(s16(100, 200, -32_768, -32_768, 32_767, -32_768, 3, 4)),
                        samples(150, -32_768, 0, 4)),
                Arguments.of(
                        "stereo float",
                        riff(0).fmt(FLOAT, 2, 44_100, 32).data(floats(0.5f, 0f, 1f, 1f)),
                        samples(8_192, 32_767)),
                Arguments.of("A-law", riff(0).fmt(ALAW, 1, 8_000, 8).data(bytes(0xD5, 0x2A)), samples(8, -32_256)),
                Arguments.of("µ-law", riff(0).fmt(MULAW, 1, 8_000, 8).data(bytes(0xFF, 0x00)), samples(0, -32_124)),
                Arguments.of(
                        "extensible, 24 valid bits of 32",
                        riff(0).extensible(PCM, 1, 48_000, 32, 24).data(bytes(0, 1, 0x34, 0x12)),
                        samples(0x1234)),
                Arguments.of(
                        "extensible float",
                        riff(0).extensible(FLOAT, 1, 48_000, 32, 32).data(floats(-0.5f)),
                        samples(-16_384)),
                Arguments.of(
                        "half a frame at the end is dropped",
                        riff(0).fmt(PCM, 2, 48_000, 16).data(bytes(1, 0, 1, 0, 9, 9, 9)),
                        samples(1)),
                Arguments.of("no sound at all", riff(36).fmt(PCM, 1, 24_000, 16).data(new byte[0]), samples()));
    }

    static List<Arguments> lyingFiles() {
        return List.of(
                Arguments.of("riff 0, data 0", riff(0).fmt(PCM, 1, 24_000, 16).dataSaying(0, s16(1, 2))),
                Arguments.of(
                        "both unknown", riff(UNKNOWN).fmt(PCM, 1, 24_000, 16).dataSaying(UNKNOWN, s16(1, 2))),
                Arguments.of(
                        "data 0x7FFFFFFF", riff(UNKNOWN).fmt(PCM, 1, 24_000, 16).dataSaying(0x7FFF_FFFFL, s16(1, 2))),
                Arguments.of(
                        "data 0x80000000", riff(UNKNOWN).fmt(PCM, 1, 24_000, 16).dataSaying(0x8000_0000L, s16(1, 2))),
                Arguments.of(
                        "data 0xFFFFFFFE", riff(UNKNOWN).fmt(PCM, 1, 24_000, 16).dataSaying(0xFFFF_FFFEL, s16(1, 2))),
                Arguments.of("data one more", riff(0).fmt(PCM, 1, 24_000, 16).dataSaying(5, s16(1, 2))),
                Arguments.of("riff smaller", riff(4).fmt(PCM, 1, 24_000, 16).dataSaying(4, s16(1, 2))),
                Arguments.of("data smaller", riff(0).fmt(PCM, 1, 24_000, 16).dataSaying(4, s16(1, 2, 3))),
                Arguments.of(
                        "streaming behind a LIST",
                        riff(UNKNOWN)
                                .chunk("LIST", new byte[3])
                                .fmt(PCM, 1, 24_000, 16)
                                .dataSaying(UNKNOWN, s16(1, 2))));
    }

    static List<Arguments> refusedFiles() {
        byte[] sound = s16(1);
        return List.of(
                Arguments.of("riff: 0x52494658 (expected: RIFF)", new File("RIFX", 0, "WAVE")),
                Arguments.of("riff: 0x52463634 (expected: RIFF)", new File("RF64", UNKNOWN, "WAVE")),
                Arguments.of("riff type: 0x41564920 (expected: WAVE)", new File("RIFF", 0, "AVI ")),
                Arguments.of("data: before fmt", riff(0).data(sound).fmt(PCM, 1, 24_000, 16)),
                Arguments.of("fmt: a second one", riff(0).fmt(PCM, 1, 8_000, 16).fmt(PCM, 1, 24_000, 16)),
                Arguments.of("fmt: 14 bytes (expected: at least 16)", riff(0).chunk("fmt ", new byte[14])),
                Arguments.of("fmt: 0 bytes (expected: at least 16)", riff(0).chunk("fmt ", new byte[0])),
                Arguments.of("format: 2 with 4 bits", riff(0).fmt(2, 1, 24_000, 4)),
                Arguments.of("format: 85 with 16 bits", riff(0).fmt(0x55, 1, 24_000, 16)),
                Arguments.of("format: 1 with 12 bits", riff(0).fmt(PCM, 1, 24_000, 12)),
                Arguments.of("format: 1 with 0 bits", riff(0).fmt(PCM, 1, 24_000, 0)),
                Arguments.of("format: 3 with 64 bits", riff(0).fmt(FLOAT, 1, 24_000, 64)),
                Arguments.of("format: 7 with 16 bits", riff(0).fmt(MULAW, 1, 8_000, 16)),
                Arguments.of("channels: 0 (expected: 1 to 8)", riff(0).fmt(PCM, 0, 24_000, 16)),
                Arguments.of("channels: 9 (expected: 1 to 8)", riff(0).fmt(PCM, 9, 24_000, 16)),
                Arguments.of("channels: 65535 (expected: 1 to 8)", riff(0).fmt(PCM, 65_535, 24_000, 16)),
                Arguments.of("sample rate: 0 Hz (expected: one of [8000, 11025", riff(0).fmt(PCM, 1, 0, 16)),
                Arguments.of("sample rate: 7999 Hz", riff(0).fmt(PCM, 1, 7_999, 16)),
                Arguments.of("sample rate: 384000 Hz", riff(0).fmt(PCM, 1, 384_000, 16)),
                Arguments.of("sample rate: 4294967295 Hz", riff(0).fmt(PCM, 1, -1, 16)),
                Arguments.of("bytes a second: 48001 (expected: 48000)", riff(0).raw(PCM, 1, 24_000, 48_001, 2, 16)),
                Arguments.of("bytes a second: 0 (expected: 48000)", riff(0).raw(PCM, 1, 24_000, 0, 2, 16)),
                Arguments.of("bytes a frame: 0 (expected: 2)", riff(0).raw(PCM, 1, 24_000, 48_000, 0, 16)),
                Arguments.of("bytes a frame: 4 (expected: 2)", riff(0).raw(PCM, 1, 24_000, 96_000, 4, 16)),
                Arguments.of("fmt: 16 bytes (expected: 40 for WAVE", riff(0).fmt(0xFFFE, 1, 24_000, 16)),
                Arguments.of("valid bits: 17 (expected: at most 16)", riff(0).extensible(PCM, 1, 24_000, 16, 17)),
                Arguments.of("format: 2 with 16 bits", riff(0).extensible(2, 1, 24_000, 16, 16)),
                Arguments.of("format: 65534 with 16 bits", riff(0).extensible(0xFFFE, 1, 24_000, 16, 16)),
                Arguments.of("sub-format: not a format number", riff(0).extensibleGuid(1)),
                Arguments.of("wav: ended in its first 12 bytes", riff(0).cutTo(11)),
                Arguments.of("wav: ended in its first 12 bytes", riff(0).cutTo(0)),
                Arguments.of("wav: ended before its data chunk", riff(0)),
                Arguments.of("wav: ended before its data chunk", riff(0).fmt(PCM, 1, 24_000, 16)),
                Arguments.of(
                        "wav: ended before its data chunk",
                        riff(0).fmt(PCM, 1, 24_000, 16).cutTo(30)),
                Arguments.of(
                        "wav: ended before its data chunk",
                        riff(0).fmt(PCM, 1, 24_000, 16)
                                .chunkSaying("LIST", UNKNOWN, new byte[2])
                                .data(sound)),
                Arguments.of(
                        "chunks: more than 16",
                        riff(0).repeat(15, "JUNK").fmt(PCM, 1, 8_000, 16).data(sound)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("readableFiles")
    void aFileIsReadAlikeHoweverItIsCut(String name, File file, short[] expected) {
        assertThat(Pcm16.samplesOf(Wav.read(file.toBytes()))).isEqualTo(expected);
        everyCut(file.toBytes(), (rate, samples) -> assertThat(samples).isEqualTo(listOf(expected)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lyingFiles")
    void lengthsAreBelievedOnlyAsFarAsTheBytesGo(String name, File file) {
        everyCut(file.toBytes(), (rate, samples) -> {
            assertThat(rate).isEqualTo(24_000);
            assertThat(samples).containsExactly(1, 2);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusedFiles")
    void anythingElseIsRefusedAlikeHoweverItIsCut(String message, File file) {
        byte[] bytes = file.toBytes();
        assertThatThrownBy(() -> Wav.read(bytes)).isInstanceOf(WavFault.class).hasMessageStartingWith(message);
        for (int cut = 0; cut <= bytes.length; cut++) {
            int at = cut;
            assertThatThrownBy(() -> decode(bytes, at))
                    .isInstanceOf(WavFault.class)
                    .hasMessageStartingWith(message);
        }
    }

    @Test
    void sixteenChunksAreRead() {
        File file = riff(0).repeat(14, "JUNK").fmt(PCM, 1, 8_000, 16).data(s16(1));
        assertThat(Pcm16.samplesOf(Wav.read(file.toBytes()))).containsExactly((short) 1);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000
            })
    void theRateIsTheFilesOwn(int rateHz) {
        File file = riff(0).fmt(PCM, 1, rateHz, 16).data(s16(1));
        assertThat(Wav.read(file.toBytes()).format()).isEqualTo(AudioFormat.pcm16(rateHz));
    }

    @Test
    void theRateIsUnknownUntilTheFormatIsWhole() {
        byte[] file = riff(0).fmt(PCM, 1, 16_000, 16).toBytes();
        WavDecoder decoder = new WavDecoder();
        ByteBuf none = ByteBufAllocator.DEFAULT.buffer();
        try {
            decoder.feed(Unpooled.wrappedBuffer(file, 0, file.length - 1), none);
            assertThat(decoder.sampleRateHz()).isZero();
            decoder.feed(Unpooled.wrappedBuffer(file, file.length - 1, 1), none);
            assertThat(decoder.sampleRateHz()).isEqualTo(16_000);
            assertThat(none.isReadable()).isFalse();
        } finally {
            none.release();
        }
    }

    @Nested
    class Written {
        @Test
        void theHeaderIsTheseFortyFourBytes() {
            byte[] file = Wav.write(Pcm16.clipOf(24_000, samples(1, -1)));
            assertThat(file)
                    .isEqualTo(bytes(
                            'R', 'I', 'F', 'F', 40, 0, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16, 0, 0, 0, 1, 0,
                            1, 0, 0xC0, 0x5D, 0, 0, 0x80, 0xBB, 0, 0, 2, 0, 16, 0, 'd', 'a', 't', 'a', 4, 0, 0, 0, 1, 0,
                            0xFF, 0xFF));
        }

        @Test
        void theStreamingHeaderDiffersInItsTwoLengthsOnly() {
            ByteBuf known = ByteBufAllocator.DEFAULT.buffer();
            ByteBuf streaming = ByteBufAllocator.DEFAULT.buffer();
            try {
                Wav.writeHeader(16_000, 0, known);
                Wav.writeStreamingHeader(16_000, streaming);
                known.setIntLE(4, -1).setIntLE(40, -1);
                assertThat(streaming).isEqualTo(known);
                assertThat(streaming.readableBytes()).isEqualTo(Wav.HEADER_BYTES);
            } finally {
                known.release();
                streaming.release();
            }
        }

        @ParameterizedTest
        @CsvSource({"2147483648, -2147483612", "4294967251, -9"})
        void lengthsBeyondAnIntAreUnsigned(long dataBytes, int riffField) {
            ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
            try {
                Wav.writeHeader(8_000, dataBytes, out);
                assertThat(out.getIntLE(4)).isEqualTo(riffField);
                assertThat(out.getUnsignedIntLE(40)).isEqualTo(dataBytes);
            } finally {
                out.release();
            }
        }

        @ParameterizedTest
        @ValueSource(longs = {-1, 4_294_967_252L})
        void lengthsThatRiffCannotCountAreRefused(long dataBytes) {
            ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
            try {
                assertThatThrownBy(() -> Wav.writeHeader(8_000, dataBytes, out))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("dataBytes: " + dataBytes);
            } finally {
                out.release();
            }
        }

        @Test
        void aClipReadsBackAsItself() {
            AudioClip clip = Pcm16.clipOf(22_050, samples(0, 1, -1, 32_767, -32_768));
            assertThat(Wav.read(Wav.write(clip))).isEqualTo(clip);
        }
    }

    private interface Result {
        void is(int sampleRateHz, List<Integer> samples);
    }

    /** Whole, at every cut, and byte by byte. */
    private static void everyCut(byte[] file, Result expected) {
        for (int cut = 0; cut <= file.length; cut++) {
            expected.is(rateOf(file, cut), decode(file, cut));
        }
        List<ByteBuf> single = new ArrayList<>();
        for (int i = 0; i < file.length; i++) single.add(Unpooled.wrappedBuffer(file, i, 1));
        expected.is(rateOf(file, 0), decode(single));
    }

    private static int rateOf(byte[] file, int cut) {
        WavDecoder decoder = new WavDecoder();
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            decoder.feed(Unpooled.wrappedBuffer(file, 0, cut), out);
            decoder.feed(Unpooled.wrappedBuffer(file, cut, file.length - cut), out);
            return decoder.sampleRateHz();
        } finally {
            out.release();
        }
    }

    private static List<Integer> decode(byte[] file, int cut) {
        return decode(
                List.of(Unpooled.wrappedBuffer(file, 0, cut), Unpooled.wrappedBuffer(file, cut, file.length - cut)));
    }

    private static List<Integer> decode(List<ByteBuf> pieces) {
        WavDecoder decoder = new WavDecoder();
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            for (ByteBuf piece : pieces) {
                int bytes = piece.readableBytes();
                decoder.feed(piece, out);
                assertThat(piece.readableBytes()).as("lent").isEqualTo(bytes);
            }
            decoder.end();
            List<Integer> samples = new ArrayList<>();
            while (out.isReadable()) samples.add((int) out.readShortLE());
            return samples;
        } finally {
            out.release();
        }
    }

    private static File riff(long saidBytes) {
        return new File("RIFF", saidBytes, "WAVE");
    }

    private static List<Integer> listOf(short[] samples) {
        List<Integer> list = new ArrayList<>();
        for (short sample : samples) list.add((int) sample);
        return list;
    }

    private static short[] samples(int... values) {
        short[] samples = new short[values.length];
        for (int i = 0; i < values.length; i++) samples[i] = (short) values[i];
        return samples;
    }

    private static byte[] s16(int... values) {
        return little(out -> {
            for (int value : values) out.writeShortLE(value);
        });
    }

    private static byte[] floats(float... values) {
        return little(out -> {
            for (float value : values) out.writeFloatLE(value);
        });
    }

    private static byte[] bytes(int... values) {
        return little(out -> {
            for (int value : values) out.writeByte(value);
        });
    }

    private static byte[] little(Consumer<ByteBuf> content) {
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            content.accept(out);
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            return bytes;
        } finally {
            out.release();
        }
    }

    /** A WAV file put together chunk by chunk, so that each can lie on its own. */
    private static final class File {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        File(String riff, long saidBytes, String type) {
            add(riff.getBytes(US_ASCII));
            add(little(out -> out.writeIntLE((int) saidBytes)));
            add(type.getBytes(US_ASCII));
        }

        File chunk(String id, byte[] inside) {
            return chunkSaying(id, inside.length, inside);
        }

        File chunkSaying(String id, long saidBytes, byte[] inside) {
            add(id.getBytes(US_ASCII));
            add(little(out -> out.writeIntLE((int) saidBytes)));
            add(inside);
            if (inside.length % 2 != 0) add(new byte[1]);
            return this;
        }

        File repeat(int times, String id) {
            for (int i = 0; i < times; i++) chunk(id, new byte[2]);
            return this;
        }

        File data(byte[] sound) {
            return chunk("data", sound);
        }

        File dataSaying(long saidBytes, byte[] sound) {
            return chunkSaying("data", saidBytes, sound);
        }

        File fmt(int format, int channels, int rateHz, int bits) {
            return chunk("fmt ", fields(format, channels, rateHz, bits));
        }

        File fmtLonger(int format, int channels, int rateHz, int bits, int moreBytes) {
            return chunk(
                    "fmt ",
                    little(out -> out.writeBytes(fields(format, channels, rateHz, bits))
                            .writeZero(moreBytes)));
        }

        File raw(int format, int channels, int rateHz, int bytesPerSecond, int frameBytes, int bits) {
            return chunk(
                    "fmt ",
                    little(out -> out.writeShortLE(format)
                            .writeShortLE(channels)
                            .writeIntLE(rateHz)
                            .writeIntLE(bytesPerSecond)
                            .writeShortLE(frameBytes)
                            .writeShortLE(bits)));
        }

        File extensible(int format, int channels, int rateHz, int bits, int validBits) {
            return chunk(
                    "fmt ",
                    little(out -> out.writeBytes(fields(0xFFFE, channels, rateHz, bits))
                            .writeShortLE(22)
                            .writeShortLE(validBits)
                            .writeIntLE(4)
                            .writeBytes(bytes(format & 0xFF, format >> 8, 0, 0, 0, 0, 0x10, 0))
                            .writeBytes(bytes(0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71))));
        }

        File extensibleGuid(int firstByte) {
            return chunk(
                    "fmt ",
                    little(out -> out.writeBytes(fields(0xFFFE, 1, 24_000, 16))
                            .writeShortLE(22)
                            .writeShortLE(16)
                            .writeIntLE(4)
                            .writeByte(firstByte)
                            .writeZero(15)));
        }

        File cutTo(int bytes) {
            byte[] whole = content.toByteArray();
            content.reset();
            content.write(whole, 0, bytes);
            return this;
        }

        byte[] toBytes() {
            return content.toByteArray();
        }

        private static byte[] fields(int format, int channels, int rateHz, int bits) {
            int frameBytes = channels * bits / 8;
            return little(out -> out.writeShortLE(format)
                    .writeShortLE(channels)
                    .writeIntLE(rateHz)
                    .writeIntLE(rateHz * frameBytes)
                    .writeShortLE(frameBytes)
                    .writeShortLE(bits));
        }

        private void add(byte[] bytes) {
            content.writeBytes(bytes);
        }
    }
}
