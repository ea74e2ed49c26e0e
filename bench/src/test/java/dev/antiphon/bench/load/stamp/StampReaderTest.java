package dev.antiphon.bench.load.stamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StampReaderTest {
    private final StampReader reader = new StampReader();
    private final List<String> found = new ArrayList<>();
    private final StampReader.Listener listener = new StampReader.Listener() {
        @Override
        public void onPiece(Stamp stamp, long nowNanos) {
            found.add(stamp.answerId() + ":" + stamp.sequence() + "/" + stamp.pieces() + " " + stamp.pieceBytes() + " "
                    + stamp.intendedNanos() + " " + stamp.writtenNanos() + " " + stamp.requestReadNanos() + " at "
                    + nowNanos);
        }

        @Override
        public void onBroken() {
            found.add("broken");
        }
    };

    private static byte[] answer() {
        return new StampedAnswer(7, 3, -5)
                .piece(240, 100, 101)
                .piece(180, 200, 202)
                .piece(300, Long.MIN_VALUE, Long.MAX_VALUE)
                .bytes();
    }

    @Test
    void everySplitOfAnAnswerFindsTheSamePieces() {
        byte[] pcm = answer();
        for (int cut = 0; cut <= pcm.length; cut++) {
            found.clear();
            reader.feed(pcm, 0, cut, 1, listener);
            reader.feed(pcm, cut, pcm.length, 2, listener);
            assertThat(found)
                    .as("cut at %d", cut)
                    .containsExactly(
                            "7:0/3 240 100 101 -5 at " + (cut < 240 ? 2 : 1),
                            "7:1/3 180 200 202 -5 at " + (cut < 420 ? 2 : 1),
                            "7:2/3 300 " + Long.MIN_VALUE + " " + Long.MAX_VALUE + " -5 at " + (cut < 720 ? 2 : 1));
            assertThat(reader.isWithinPiece()).isFalse();
        }
    }

    @Test
    void aPieceIsCompleteWithItsLastByteAndNoSooner() {
        byte[] pcm = answer();
        for (int at = 0; at < pcm.length; at++) reader.feed(pcm, at, at + 1, at, listener);
        assertThat(found).hasSize(3);
        assertThat(found.get(0)).endsWith("at 239");
        assertThat(found.get(1)).endsWith("at 419");
        assertThat(found.get(2)).endsWith("at 719");
    }

    @Test
    void everyChangedByteIsNoticedAndCostsNoOtherPiece() {
        for (int at = 0; at < 720; at++) {
            byte[] pcm = answer();
            pcm[at] ^= 1;
            found.clear();
            reader.reset();
            reader.feed(pcm, 0, pcm.length, 0, listener);
            assertThat(found).as("byte %d", at).hasSize(3).containsOnlyOnce("broken");
        }
    }

    @Test
    void everyLostByteIsNoticedAndCostsAtMostOnePiece() {
        byte[] whole = answer();
        for (int at = 0; at < whole.length - 1; at++) {
            byte[] pcm = Arrays.copyOf(whole, whole.length - 1);
            System.arraycopy(whole, at + 1, pcm, at, whole.length - at - 1);
            found.clear();
            reader.reset();
            reader.feed(pcm, 0, pcm.length, 0, listener);
            long pieces = found.stream().filter(f -> !f.equals("broken")).count();
            boolean isNoticed = found.contains("broken") || reader.isWithinPiece();
            assertThat(isNoticed).as("without byte %d: %s", at, found).isTrue();
            assertThat(pieces).as("without byte %d: %s", at, found).isEqualTo(2);
        }
    }

    @Test
    void aResetForgetsWhatACutAnswerLeft() {
        byte[] pcm = answer();
        reader.feed(pcm, 0, 200, 0, listener);
        assertThat(reader.isWithinPiece()).isTrue();
        reader.reset();
        reader.feed(pcm, 0, 240, 0, listener);
        assertThat(found).containsExactly("7:0/3 240 100 101 -5 at 0");
    }

    @Test
    void noSoundOfAPieceLooksLikeAStamp() {
        byte[] sound = PieceSound.bytes();
        reader.feed(sound, 0, sound.length, 0, listener);
        assertThat(found).containsExactly("broken");
    }
}
