package dev.antiphon.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class SseDecoderTest {
    private static final int MAX_EVENT_BYTES = 64;

    private SseDecoder decoder = decoder(MAX_EVENT_BYTES, SseDecoder.UnfinishedEvent.DISPATCHED);
    private RecordingSseListener heard = new RecordingSseListener(decoder);

    @Nested
    class End {
        @Test
        void dispatchesTheLastEventWithoutAnEmptyLine() {
            feed("data: 1\n\ndata: [DONE]\n");
            assertThat(heard.data()).containsExactly("1");
            decoder.end(heard);
            assertThat(heard.data()).containsExactly("1", "[DONE]");
        }

        @Test
        void dispatchesTheLastLineWithoutALineEnd() {
            feed("data: a\ndata: b");
            decoder.end(heard);
            assertThat(heard.data()).containsExactly("a\nb");
        }

        @Test
        void dispatchesNothingWhereNothingIsUnfinished() {
            feed("data: a\n\n: bye");
            decoder.end(heard);
            assertThat(heard.data()).containsExactly("a");
            assertThat(heard.comments).isEqualTo(1);
        }

        @Test
        void isDeafAfterwards() {
            decoder.end(heard);
            feed("data: a\n\n");
            decoder.end(heard);
            assertThat(heard.data()).isEmpty();
        }
    }

    @Nested
    class Limit {
        private static final String LONGEST_LINE = "data: " + "x".repeat(MAX_EVENT_BYTES - 6);

        @Test
        void theLongestLineIsTaken() {
            everyCut(LONGEST_LINE + "\n\n", () -> {
                assertThat(heard.data()).containsExactly("x".repeat(MAX_EVENT_BYTES - 6));
                assertThat(heard.oversizedAt).isNull();
            });
        }

        @Test
        void aLongerLineEndsIt() {
            everyCut("data: 1\n\n" + LONGEST_LINE + "x\n\ndata: 2\n\n", () -> {
                assertThat(heard.data()).containsExactly("1");
                assertThat(heard.oversizedAt).isEqualTo(MAX_EVENT_BYTES);
            });
        }

        @Test
        void aLongerCommentEndsIt() {
            everyCut(":" + "x".repeat(MAX_EVENT_BYTES) + "\n", () -> {
                assertThat(heard.comments).isZero();
                assertThat(heard.oversizedAt).isEqualTo(MAX_EVENT_BYTES);
            });
        }

        @Test
        void aLineThatNeverEndsDoesNotWaitForItsEnd() {
            everyCut("data: 1\n\n" + LONGEST_LINE + "x", () -> {
                assertThat(heard.data()).containsExactly("1");
                assertThat(heard.oversizedAt).isEqualTo(MAX_EVENT_BYTES);
            });
        }

        @Test
        void manyLinesOfOneEventCountTogether() {
            String line = "data: " + "y".repeat(20) + "\n";
            everyCut(line.repeat(3) + "\n" + line.repeat(4) + "\ndata: 3\n\n", () -> {
                assertThat(heard.data())
                        .containsExactly(("y".repeat(20) + "\n").repeat(3).trim());
                assertThat(heard.oversizedAt).isEqualTo(MAX_EVENT_BYTES);
            });
        }
    }

    @Nested
    class Memory {
        @Test
        void anEventThatLiesWholeInTheCallersArrayIsHandedOutFromThere() {
            ByteBuf in = PooledByteBufAllocator.DEFAULT.heapBuffer();
            in.writeCharSequence("data: 1\n\ndata: 2\ndata: 3\n\n", StandardCharsets.US_ASCII);
            byte[] array = in.array();
            decoder.feed(in, heard);
            in.release();
            assertThat(heard.data()).containsExactly("1", "2\n3");
            assertThat(heard.arrays.get(0)).isSameAs(array);
            assertThat(heard.arrays.get(1)).as("lines are joined elsewhere").isNotSameAs(array);
        }

        @Test
        void anArrayIsHeldOnlyWhilePartOfAnEventWaits() {
            SseDecoder other = decoder(1 << 20, SseDecoder.UnfinishedEvent.DISPATCHED);
            RecordingSseListener otherHeard = new RecordingSseListener(other);
            for (int i = 0; i < 10; i++) {
                feed("data: mi");
                feed("ne\n\n");
                ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
                other.feed(in.writeBytes("data: another's\n\n".getBytes(StandardCharsets.US_ASCII)), otherHeard);
                in.release();
            }
            assertThat(otherHeard.arrays).hasSize(10).allMatch(array -> array == heard.arrays.get(0));
            assertThat(heard.data()).hasSize(10).containsOnly("mine");
            assertThat(otherHeard.data()).hasSize(10).containsOnly("another's");
        }

        @Test
        void decodersInTheMiddleOfAnEventDoNotShareAnArray() {
            SseDecoder other = decoder(1 << 20, SseDecoder.UnfinishedEvent.DISPATCHED);
            RecordingSseListener otherHeard = new RecordingSseListener(other);
            feed("data: mi");
            ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
            other.feed(in.writeBytes("data: another's".getBytes(StandardCharsets.US_ASCII)), otherHeard);
            in.release();
            feed("ne\n\n");
            other.end(otherHeard);
            assertThat(heard.data()).containsExactly("mine");
            assertThat(otherHeard.data()).containsExactly("another's");
        }

        @Test
        void theArrayOfAGiantEventIsGivenBack() {
            decoder = decoder(1 << 20, SseDecoder.UnfinishedEvent.DISPATCHED);
            heard = new RecordingSseListener(decoder);
            byte[] giant = ("data: " + "g".repeat(500_000) + "\n\n").getBytes(StandardCharsets.US_ASCII);
            Cuts.every(1_448, giant, Cuts.Memory.DIRECT, piece -> decoder.feed(piece, heard));
            feed("data: small\n\n");
            assertThat(heard.arrays.get(0).length).isGreaterThan(500_000);
            assertThat(heard.arrays.get(1).length).isLessThanOrEqualTo(SpareArrays.MAX_BYTES);
            assertThat(heard.data()).containsExactly("g".repeat(500_000), "small");
        }

        @Test
        void longStreamsInPiecesOfEverySizeGiveTheSameEvents() {
            StringBuilder stream = new StringBuilder();
            Random random = new Random(7);
            for (int i = 0; i < 200; i++) {
                stream.append("data: ")
                        .append("é".repeat(random.nextInt(3_000)))
                        .append("\r\n");
                if (random.nextBoolean()) stream.append("data:").append(i).append('\r');
                if (random.nextBoolean()) stream.append(": comment ").append(i).append('\n');
                if (random.nextBoolean()) stream.append("event: e").append(i).append('\n');
                stream.append("\r\n");
            }
            byte[] bytes = stream.toString().getBytes(StandardCharsets.UTF_8);
            RecordingSseListener whole = decode(feed -> Cuts.whole(bytes, Cuts.Memory.HEAP, feed));
            assertThat(whole.events).hasSize(200);
            for (int pieceBytes : new int[] {1, 2, 3, 1_448, 16_384, 100_000}) {
                for (Cuts.Memory memory : Cuts.Memory.values()) {
                    RecordingSseListener cut = decode(feed -> Cuts.every(pieceBytes, bytes, memory, feed));
                    assertThat(cut.events).isEqualTo(whole.events);
                    assertThat(cut.comments).isEqualTo(whole.comments);
                }
            }
            for (int seed = 0; seed < 50; seed++) {
                Random cuts = new Random(seed);
                assertThat(decode(feed -> Cuts.random(cuts, 20_000, bytes, feed)).events)
                        .isEqualTo(whole.events);
            }
        }

        private RecordingSseListener decode(Consumer<Consumer<ByteBuf>> cuts) {
            SseDecoder fresh = decoder(1 << 20, SseDecoder.UnfinishedEvent.DISPATCHED);
            RecordingSseListener listener = new RecordingSseListener(fresh);
            cuts.accept(piece -> fresh.feed(piece, listener));
            fresh.end(listener);
            return listener;
        }
    }

    @Test
    void commentsAreHeardOneByOne() {
        feed(": OPENROUTER PROCESSING\n\n:\n: ping\n\ndata: 1\n\n");
        assertThat(heard.comments).isEqualTo(3);
        assertThat(heard.data()).containsExactly("1");
    }

    private void everyCut(String stream, Runnable check) {
        byte[] bytes = stream.getBytes(StandardCharsets.US_ASCII);
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            for (int at = 0; at <= bytes.length; at++) {
                restart();
                Cuts.at(at, bytes, memory, piece -> decoder.feed(piece, heard));
                check.run();
            }
            restart();
            Cuts.byteByByte(bytes, memory, piece -> decoder.feed(piece, heard));
            check.run();
        }
    }

    private void restart() {
        decoder = decoder(MAX_EVENT_BYTES, SseDecoder.UnfinishedEvent.DISCARDED);
        heard = new RecordingSseListener(decoder);
    }

    private void feed(String stream) {
        Cuts.whole(stream.getBytes(StandardCharsets.UTF_8), Cuts.Memory.DIRECT, piece -> decoder.feed(piece, heard));
    }

    private static SseDecoder decoder(int maxEventBytes, SseDecoder.UnfinishedEvent unfinishedEvent) {
        return new SseDecoder(maxEventBytes, unfinishedEvent);
    }
}
