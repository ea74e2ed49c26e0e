package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NoBufferLeaks.class)
class G711Test {
    /** Segment ends of G.711 tables 1a and 2a, column 1, on the scale of PCM16 (µ-law: 14 bits, A-law: 13 bits). */
    private static final int[] MULAW_SEGMENT_ENDS = {31 * 4, 95 * 4, 223 * 4, 479 * 4, 991 * 4, 2015 * 4, 4063 * 4};

    private static final int[] ALAW_SEGMENT_ENDS = {32 * 8, 64 * 8, 128 * 8, 256 * 8, 512 * 8, 1024 * 8, 2048 * 8};

    @ParameterizedTest
    @CsvSource({
        "0xFF, 0",
        "0x7F, 0",
        "0xFE, 8",
        "0x7E, -8",
        "0xF0, 120",
        "0xEF, 132",
        "0xE0, 372",
        "0xDF, 396",
        "0xCE, 988",
        "0xB0, 3900",
        "0x8F, 16764",
        "0x80, 32124",
        "0x00, -32124",
        "0x01, -31100"
    })
    void mulawCodesStandForTheValuesOfTable2(int code, int sample) {
        assertThat(G711.decodeMulaw((byte) code)).isEqualTo((short) sample);
    }

    @ParameterizedTest
    @CsvSource({
        "0xD5, 8",
        "0x55, -8",
        "0xD4, 24",
        "0xC5, 264",
        "0xDA, 248",
        "0xF5, 528",
        "0xEA, 2016",
        "0x9A, 4032",
        "0x85, 4224",
        "0xAA, 32256",
        "0x2A, -32256",
        "0x2B, -31232"
    })
    void alawCodesStandForTheValuesOfTable1(int code, int sample) {
        assertThat(G711.decodeAlaw((byte) code)).isEqualTo((short) sample);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0xFF, 0xD5",
        "-1, 0x7F, 0x55",
        "4, 0xFE, 0xD5",
        "-4, 0x7E, 0x55",
        "16, 0xFD, 0xD4",
        "1000, 0xCE, 0xFA",
        "-1000, 0x4E, 0x7A",
        "32767, 0x80, 0xAA",
        "-32768, 0x00, 0x2A"
    })
    void samplesHaveTheseCodes(short sample, int mulaw, int alaw) {
        assertThat(G711.encodeMulaw(sample) & 0xFF).as("µ-law").isEqualTo(mulaw);
        assertThat(G711.encodeAlaw(sample) & 0xFF).as("A-law").isEqualTo(alaw);
    }

    @Test
    void everyCodeSurvivesItsOwnSample() {
        for (int code = 0; code < 256; code++) {
            byte mulaw = G711.encodeMulaw(G711.decodeMulaw((byte) code));
            byte alaw = G711.encodeAlaw(G711.decodeAlaw((byte) code));
            // µ-law has two zeros; the negative one has no sample of its own.
            assertThat(mulaw & 0xFF).isEqualTo(code == 0x7F ? 0xFF : code);
            assertThat(alaw & 0xFF).isEqualTo(code);
        }
    }

    /** The CRCs are those of what audioop of CPython 3.11 answers: µ-law, then A-law, for each code and each sample. */
    @Test
    void anotherImplementationGivesTheSameAnswers() {
        CRC32 decoded = new CRC32();
        for (int code = 0; code < 256; code++) {
            for (short sample : new short[] {G711.decodeMulaw((byte) code), G711.decodeAlaw((byte) code)}) {
                decoded.update(sample);
                decoded.update(sample >> 8);
            }
        }
        CRC32 encoded = new CRC32();
        for (int sample = 0; sample <= Short.MAX_VALUE; sample++) {
            encoded.update(G711.encodeMulaw((short) sample));
            encoded.update(G711.encodeAlaw((short) sample));
        }
        assertThat(decoded.getValue()).isEqualTo(0x8A3E_A9C4L);
        assertThat(encoded.getValue()).isEqualTo(0x151D_ED3EL);
    }

    @Test
    void theErrorIsAtMostHalfAStepOfTheSegment() {
        for (int sample = Short.MIN_VALUE; sample <= Short.MAX_VALUE; sample++) {
            int magnitude = Math.abs(sample);
            int mulawError = Math.abs(G711.decodeMulaw(G711.encodeMulaw((short) sample)) - sample);
            int alawError = Math.abs(G711.decodeAlaw(G711.encodeAlaw((short) sample)) - sample);
            int mulawSegment = segmentOf(magnitude, MULAW_SEGMENT_ENDS);
            int alawSegment = segmentOf(magnitude, ALAW_SEGMENT_ENDS);
            int beyondMulaw = Math.max(0, magnitude - 32_635);
            assertThat(mulawError).as("µ-law %d", sample).isLessThanOrEqualTo((4 << mulawSegment) + beyondMulaw);
            assertThat(alawError).as("A-law %d", sample).isLessThanOrEqualTo(8 << Math.max(0, alawSegment - 1));
        }
    }

    @Test
    void theSignIsOneBitAndNothingElse() {
        for (int sample = 1; sample <= Short.MAX_VALUE; sample++) {
            short plus = (short) sample;
            short minus = (short) -sample;
            assertThat(G711.encodeMulaw(minus)).isEqualTo((byte) (G711.encodeMulaw(plus) ^ 0x80));
            assertThat(G711.encodeAlaw(minus)).isEqualTo((byte) (G711.encodeAlaw(plus) ^ 0x80));
        }
    }

    @Test
    void louderSamplesNeverGetSofterCodes() {
        for (int sample = Short.MIN_VALUE; sample < Short.MAX_VALUE; sample++) {
            short next = (short) (sample + 1);
            assertThat(G711.decodeMulaw(G711.encodeMulaw(next)))
                    .isGreaterThanOrEqualTo(G711.decodeMulaw(G711.encodeMulaw((short) sample)));
            assertThat(G711.decodeAlaw(G711.encodeAlaw(next)))
                    .isGreaterThanOrEqualTo(G711.decodeAlaw(G711.encodeAlaw((short) sample)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MULAW", "ALAW"})
    void wholeBuffersAreTheirSamplesOneByOne(Encoding law) {
        ByteBuf codes = ByteBufAllocator.DEFAULT.buffer();
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer();
        ByteBuf again = ByteBufAllocator.DEFAULT.buffer();
        try {
            codes.writeByte(99).readByte();
            for (int code = 0; code < 256; code++) codes.writeByte(code);
            G711.decode(law, codes, pcm);
            G711.encode(law, pcm, again);

            assertThat(codes.readableBytes()).as("lent").isEqualTo(256);
            assertThat(pcm.readableBytes()).isEqualTo(512);
            for (int code = 0; code < 256; code++) {
                short sample = law == Encoding.MULAW ? G711.decodeMulaw((byte) code) : G711.decodeAlaw((byte) code);
                assertThat(pcm.getShortLE(2 * code)).isEqualTo(sample);
                byte encoded = law == Encoding.MULAW ? G711.encodeMulaw(sample) : G711.encodeAlaw(sample);
                assertThat(again.getByte(code)).isEqualTo(encoded);
            }
        } finally {
            codes.release();
            pcm.release();
            again.release();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MULAW", "ALAW"})
    void nothingIsAllocatedOnTheWay(Encoding law) {
        ByteBuf codes = ByteBufAllocator.DEFAULT.buffer(160).writeZero(160);
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer(320);
        try {
            assertThat(Allocation.bytesOfManyCalls(() -> {
                        pcm.clear();
                        G711.decode(law, codes, pcm);
                        codes.clear();
                        G711.encode(law, pcm, codes);
                    }))
                    .isZero();
        } finally {
            codes.release();
            pcm.release();
        }
    }

    @Test
    void pcm16IsNoLaw() {
        ByteBuf empty = ByteBufAllocator.DEFAULT.buffer();
        try {
            assertThatThrownBy(() -> G711.decode(Encoding.PCM16, empty, empty))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("law: PCM16 (expected: MULAW or ALAW)");
        } finally {
            empty.release();
        }
    }

    private static int segmentOf(int magnitude, int[] ends) {
        int segment = 0;
        while (segment < ends.length && magnitude >= ends[segment]) segment++;
        return segment;
    }
}
