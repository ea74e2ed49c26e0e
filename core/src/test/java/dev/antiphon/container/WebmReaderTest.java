package dev.antiphon.container;

import static dev.antiphon.container.OggReaderTest.packet;
import static dev.antiphon.container.WebmFile.ascii;
import static dev.antiphon.container.WebmFile.block;
import static dev.antiphon.container.WebmFile.element;
import static dev.antiphon.container.WebmFile.endless;
import static dev.antiphon.container.WebmFile.header;
import static dev.antiphon.container.WebmFile.opusHead;
import static dev.antiphon.container.WebmFile.opusTrack;
import static dev.antiphon.container.WebmFile.simpleBlock;
import static dev.antiphon.container.WebmFile.track;
import static dev.antiphon.container.WebmFile.tracks;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoBufferLeaks.class)
class WebmReaderTest {
    private static final String HEAD = "OpusHead[channels=1, preSkipSamples=0, inputRateHz=48000, gainQ8Db=0]";
    private static final long VOID = 0xEC;
    private static final long TIME = 0xE7;
    private static final long CUES = 0x1C53_BB6BL;
    private static final byte[] A = packet(1, 9);
    private static final byte[] B = packet(2, 300);

    private static String hex(byte[] packet) {
        return HexFormat.of().formatHex(packet);
    }

    private static List<String> read(byte[]... parts) {
        byte[] file = WebmFile.of(parts);
        return RecordingOpus.webm(feed -> Cuts.whole(file, Cuts.Memory.HEAP, feed));
    }

    static List<Arguments> files() {
        return List.of(
                Arguments.of(
                        "as a browser streams it: nothing has a length",
                        WebmFile.of(
                                header(),
                                endless(
                                        Ebml.SEGMENT,
                                        tracks(),
                                        endless(Ebml.CLUSTER, element(TIME, new byte[] {0}), simpleBlock(A)),
                                        endless(Ebml.CLUSTER, simpleBlock(B)))),
                        List.of(HEAD, hex(A), hex(B))),
                Arguments.of(
                        "as a muxer writes it: everything has",
                        WebmFile.of(
                                header(),
                                element(VOID, new byte[5]),
                                element(
                                        Ebml.SEGMENT,
                                        element(VOID, new byte[200]),
                                        tracks(),
                                        element(Ebml.CLUSTER, simpleBlock(A), element(VOID, new byte[0])),
                                        element(Ebml.CLUSTER, simpleBlock(B)),
                                        element(CUES, new byte[30])),
                                element(VOID, new byte[5])),
                        List.of(HEAD, hex(A), hex(B))),
                Arguments.of(
                        "blocks in groups, the last one trimmed by 10 ms",
                        WebmFile.of(
                                header(),
                                endless(
                                        Ebml.SEGMENT,
                                        tracks(),
                                        endless(
                                                Ebml.CLUSTER,
                                                element(Ebml.BLOCK_GROUP, element(Ebml.BLOCK, block(1, 0, A))),
                                                element(
                                                        Ebml.BLOCK_GROUP,
                                                        element(Ebml.BLOCK, block(1, 0, B)),
                                                        element(Ebml.DISCARD_PADDING, new byte[] {
                                                            0, (byte) 0x98, (byte) 0x96, (byte) 0x80
                                                        }))))),
                        List.of(HEAD, hex(A), hex(B), "trim 480")),
                Arguments.of(
                        "pictures beside the sound, larger than any block of ours may be",
                        WebmFile.of(
                                header(),
                                endless(
                                        Ebml.SEGMENT,
                                        element(Ebml.TRACKS, track(2, 1, "V_VP8", new byte[2_000]), opusTrack()),
                                        endless(
                                                Ebml.CLUSTER,
                                                simpleBlock(A),
                                                element(Ebml.SIMPLE_BLOCK, block(2, 0, new byte[300_000])),
                                                simpleBlock(B)))),
                        List.of(HEAD, hex(A), hex(B))),
                Arguments.of(
                        "laced each way",
                        WebmFile.of(
                                header(),
                                endless(
                                        Ebml.SEGMENT,
                                        tracks(),
                                        endless(
                                                Ebml.CLUSTER,
                                                element(
                                                        Ebml.SIMPLE_BLOCK,
                                                        block(1, 1, new byte[] {2, 9, (byte) 255, 45}, A, B, A)),
                                                element(Ebml.SIMPLE_BLOCK, block(1, 2, new byte[] {1}, A, A)),
                                                element(
                                                        Ebml.SIMPLE_BLOCK,
                                                        // 9, then 291 more in two bytes: 0x4000 + 8191 + 291
                                                        block(
                                                                1,
                                                                3,
                                                                new byte[] {2, (byte) 0x89, 0x61, 0x22},
                                                                A,
                                                                B,
                                                                A))))),
                        List.of(HEAD, hex(A), hex(B), hex(A), hex(A), hex(A), hex(A), hex(B), hex(A))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void packetsComeWhateverTheCuts(String kind, byte[] file, List<String> expected) {
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            assertThat(RecordingOpus.webm(feed -> Cuts.whole(file, memory, feed)))
                    .isEqualTo(expected);
        }
        if (file.length > 10_000) {
            assertThat(RecordingOpus.webm(feed -> Cuts.every(7, file, Cuts.Memory.HEAP, feed)))
                    .isEqualTo(expected);
            return;
        }
        assertThat(RecordingOpus.webm(feed -> Cuts.byteByByte(file, Cuts.Memory.DIRECT, feed)))
                .isEqualTo(expected);
        for (int cut = 1; cut < file.length; cut++) {
            int at = cut;
            assertThat(RecordingOpus.webm(feed -> Cuts.at(at, file, Cuts.Memory.HEAP, feed)))
                    .as("cut at %d", at)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aFileThatBreaksOffIsReadAsFarAsItGoes() {
        byte[] file = WebmFile.of(
                header(), endless(Ebml.SEGMENT, tracks(), endless(Ebml.CLUSTER, simpleBlock(A), simpleBlock(B))));

        assertThat(read(Arrays.copyOf(file, file.length - 1))).containsExactly(HEAD, hex(A));
    }

    @Test
    void aDiscardInTheMiddleOfTheSoundIsNoEnd() {
        assertThat(read(
                        header(),
                        endless(
                                Ebml.SEGMENT,
                                tracks(),
                                endless(
                                        Ebml.CLUSTER,
                                        element(
                                                Ebml.BLOCK_GROUP,
                                                element(Ebml.BLOCK, block(1, 0, A)),
                                                element(Ebml.DISCARD_PADDING, new byte[] {0x10, 0, 0})),
                                        simpleBlock(B)))))
                .containsExactly(HEAD, hex(A), hex(B));
    }

    @Test
    void theFirstOfTwoOpusTracksIsHeard() {
        assertThat(read(
                        header(),
                        endless(
                                Ebml.SEGMENT,
                                element(Ebml.TRACKS, opusTrack(), track(2, 2, "A_OPUS", opusHead())),
                                endless(
                                        Ebml.CLUSTER,
                                        element(Ebml.SIMPLE_BLOCK, block(2, 0, A)),
                                        element(Ebml.SIMPLE_BLOCK, block(1, 0, B))))))
                .containsExactly(HEAD, hex(B));
    }

    @Nested
    class Faults {
        @Test
        void noEbml() {
            assertFault("webm: no header (expected: EBML with the document type webm or matroska)", element(VOID));
        }

        @Test
        void anotherDocument() {
            assertFault(
                    "webm: another document type (expected: webm or matroska)",
                    element(Ebml.HEADER, element(Ebml.DOC_TYPE, ascii("calendar"))));
        }

        @Test
        void anotherCodecIsNamed() {
            assertFault(
                    "webm: A_VORBIS (expected: a track with A_OPUS)",
                    header(),
                    endless(
                            Ebml.SEGMENT,
                            element(Ebml.TRACKS, track(1, 2, "A_VORBIS", new byte[4_000])),
                            endless(Ebml.CLUSTER)));
        }

        @Test
        void soundBeforeItsTrack() {
            assertFault(
                    "webm: no Opus track in it (expected: a track with A_OPUS)",
                    header(),
                    endless(Ebml.SEGMENT, endless(Ebml.CLUSTER, simpleBlock(A))));
        }

        @Test
        void aTrackThatIsCompressed() {
            byte[] compressed = element(
                    Ebml.TRACK_ENTRY,
                    element(Ebml.TRACK_NUMBER, new byte[] {1}),
                    element(Ebml.TRACK_TYPE, new byte[] {2}),
                    element(Ebml.CODEC_ID, ascii("A_OPUS")),
                    element(Ebml.CODEC_PRIVATE, opusHead()),
                    element(Ebml.CONTENT_ENCODINGS, new byte[9]));
            assertFault(
                    "webm track: compressed or encrypted (expected: plain)",
                    header(),
                    endless(Ebml.SEGMENT, element(Ebml.TRACKS, compressed)));
        }

        @Test
        void anElementLongerThanWhatHoldsIt() {
            assertFault(
                    "webm: an element longer than what holds it",
                    header(),
                    endless(
                            Ebml.SEGMENT,
                            tracks(),
                            element(Ebml.CLUSTER, WebmFile.bare(Ebml.SIMPLE_BLOCK), WebmFile.length(2_000), A)));
        }

        @Test
        void anUnknownLengthWhereNoneBelongs() {
            assertFault(
                    "webm: an element of unknown length (expected: only segments and clusters)",
                    header(),
                    endless(Ebml.SEGMENT, endless(Ebml.TRACKS, opusTrack())));
            assertFault(
                    "webm: an element of unknown length where none belongs",
                    header(),
                    endless(Ebml.SEGMENT, tracks(), element(Ebml.CLUSTER, endless(Ebml.SEGMENT))));
        }

        @Test
        void aBlockLongerThanAnySound() {
            assertFault(
                    "webm block: 262147 bytes (expected: at most 262144)",
                    header(),
                    endless(
                            Ebml.SEGMENT,
                            tracks(),
                            endless(Ebml.CLUSTER, element(Ebml.SIMPLE_BLOCK, block(1, 0, new byte[262_144])))));
        }

        @Test
        void aNameLongerThanAnyName() {
            assertFault(
                    "webm element: 65 bytes (expected: at most 64)",
                    element(Ebml.HEADER, element(Ebml.DOC_TYPE, new byte[65])));
        }

        @Test
        void lacesLongerThanTheBlock() {
            for (byte[] laced : List.of(
                    block(1, 1, new byte[] {1, 100}, A),
                    block(1, 3, new byte[] {1, (byte) 0xA0}, A),
                    block(1, 3, new byte[] {2, (byte) 0x81, (byte) 0x80}, A))) {
                byte[] file = WebmFile.of(
                        header(),
                        endless(Ebml.SEGMENT, tracks(), endless(Ebml.CLUSTER, element(Ebml.SIMPLE_BLOCK, laced))));
                assertThat(read(file)).last().asString().startsWith("webm block: ");
            }
        }

        @Test
        void aSecondFile() {
            assertFault(
                    "webm: a file after another (expected: one)",
                    header(),
                    endless(Ebml.SEGMENT, tracks(), endless(Ebml.CLUSTER, simpleBlock(A))),
                    header());
        }

        @Test
        void noSoundAtAll() {
            assertFault("webm: no Opus track in it (expected: a track with A_OPUS)", header());
        }

        private static void assertFault(String fault, byte[]... parts) {
            assertThat(read(parts)).endsWith(fault);
        }
    }
}
