package dev.antiphon.cascade;

import static dev.antiphon.cascade.CascadeHarness.clip;
import static dev.antiphon.cascade.CascadeHarness.fault;
import static dev.antiphon.cascade.CascadeHarness.request;
import static dev.antiphon.cascade.CascadeHarness.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.cascade.CascadeHarness.FakeChat;
import dev.antiphon.cascade.CascadeHarness.FakeSpeech;
import dev.antiphon.cascade.CascadeHarness.FakeTranscription;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random walks over everything that can happen to a turn, in any order: one last word and nothing behind it, nothing after
 * a cancel, each sentence's words right before its own sound, nothing lost where it is complete, nobody left waiting, and
 * no call or buffer left.
 */
@ExtendWith(NoBufferLeaks.class)
class CascadeInvariantsTest {
    private static final int TURNS = 150;
    private static final int SEEDS = Integer.getInteger("antiphon.walk.seeds", 8);
    private static final long FIRST_SEED = Long.getLong("antiphon.walk.first", 1);

    static LongStream seeds() {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @ParameterizedTest(name = "cascade, seed {0}")
    @MethodSource("seeds")
    void holdForACascade(long seed) {
        Random random = new Random(seed);
        for (int turn = 0; turn < TURNS; turn++) new Walk(random, false).walk();
    }

    @ParameterizedTest(name = "fallback, seed {0}")
    @MethodSource("seeds")
    void holdForTheFallback(long seed) {
        Random random = new Random(seed);
        for (int turn = 0; turn < TURNS; turn++) new Walk(random, true).walk();
    }

    /** One turn. */
    private static final class Walk {
        private final Random random;
        private final boolean isFallback;
        private final CascadeHarness h = new CascadeHarness();
        private final UpstreamCalls.Call call;
        private final StringBuilder written = new StringBuilder();
        private int words;
        private boolean isFaulty;
        private boolean hasSound;

        Walk(Random random, boolean isFallback) {
            this.random = random;
            this.isFallback = isFallback;
            call = isFallback
                    ? h.start(h.fallback(), request(user("hi")))
                    : h.start(h.cascade(), request(user(clip(200)), user("and", clip(300))));
            int cancelAt = random.nextInt(120);
            h.onRing = () -> {
                if (random.nextInt(60) == 0) call.cancel();
                else if (h.reply.roomBytes > 0 && random.nextBoolean()) call.resumeReads();
            };
            isFaulty = random.nextInt(3) == 0;
            if (random.nextInt(4) == 0) steps(cancelAt, true);
        }

        void walk() {
            steps(random.nextInt(150), false);
            if (h.reply.isCancelled) {
                assertThat(h.open()).as("open calls after cancel").isZero();
                return;
            }
            finish();
            if (h.reply.isCancelled) return;
            assertThat(h.reply.words).as("last words").isOne();
            assertThat(h.open()).as("open calls").isZero();
            check();
        }

        private void steps(int count, boolean thenCancel) {
            for (int i = 0; i < count && !h.reply.isCancelled; i++) step();
            if (thenCancel && !h.reply.isCancelled) {
                call.cancel();
                assertThat(h.open()).as("open calls after cancel").isZero();
            }
            // The fakes keep silent once cancelled, as the contract says; what was scheduled still runs.
            h.runLater();
        }

        private void step() {
            switch (random.nextInt(9)) {
                case 0 -> transcribe();
                case 1, 2 -> write();
                case 3, 4, 5 -> speak();
                case 6 -> h.reply.roomBytes = random.nextInt(3) * 500L;
                case 7 -> takeSome();
                default -> h.runLater();
            }
        }

        private void takeSome() {
            h.reply.roomBytes = 2_000;
            call.resumeReads();
        }

        private void transcribe() {
            FakeTranscription each = any(h.transcriptions);
            if (each == null || each.isOver) return;
            if (isFaulty && random.nextInt(8) == 0) each.fails(fault("deaf", true));
            else each.completes("words");
        }

        private void write() {
            FakeChat chat = any(h.chats);
            if (chat == null || chat.isOver) return;
            if (isFaulty && random.nextInt(40) == 0) {
                chat.fails(fault("mute", random.nextBoolean()));
            } else if (random.nextInt(60) == 0) {
                chat.completes();
            } else if (random.nextInt(12) == 0) {
                chat.reads(to -> to.onToolCall(random.nextInt(2), "c", "f", "{}"));
            } else if (isFallback && random.nextInt(6) == 0) {
                sound(chat);
            } else {
                String delta = delta();
                written.append(delta);
                chat.writes(delta);
            }
        }

        /** Of the model's own. */
        private void sound(FakeChat chat) {
            hasSound = true;
            chat.reads(to -> {
                to.onTranscript(" own");
                ByteBuf pcm = PooledByteBufAllocator.DEFAULT.buffer(2).writeZero(2);
                to.onAudio(pcm);
                pcm.release();
            });
        }

        private String delta() {
            return switch (random.nextInt(6)) {
                case 0 -> ". ";
                case 1 -> "\n";
                case 2 -> "! 😀 ";
                default -> " Word" + words++;
            };
        }

        private void speak() {
            FakeSpeech each = any(h.speeches);
            if (each == null || each.isOver || each.isPaused) return;
            if (isFaulty && random.nextInt(30) == 0) each.fails(fault("hoarse", random.nextBoolean()));
            else if (random.nextInt(4) == 0) each.completes();
            else each.bytes(1 + random.nextInt(700));
        }

        /** All models come to their ends, and the asker takes all there is. */
        private void finish() {
            h.onRing = () -> {};
            for (int i = 0; i < 10_000 && h.reply.words == 0; i++) {
                takeSome();
                h.runLater();
                for (FakeTranscription each : List.copyOf(h.transcriptions)) if (!each.isOver) each.completes("words");
                for (FakeChat each : List.copyOf(h.chats)) if (!each.isOver) each.completes();
                for (FakeSpeech each : List.copyOf(h.speeches)) {
                    if (each.isPaused) continue;
                    each.bytes(5);
                    each.completes();
                }
            }
        }

        private void check() {
            StringBuilder told = new StringBuilder();
            String sentence = null;
            int sound = 0;
            for (String line : h.reply.said) {
                if (line.startsWith("words ")) {
                    sentence = line.substring(6);
                    told.append(sentence);
                } else if (line.startsWith("text ")) {
                    told.append(line.substring(5));
                } else if (line.startsWith("audio ")) {
                    byte value = h.reply.soundValues.get(sound++);
                    if (value == 0) continue; // the model's own
                    assertThat(sentence).as("sound before words").isNotNull();
                    assertThat(value)
                            .as("sound of " + sentence)
                            .isEqualTo(FakeSpeech.value(SpokenText.of(String.valueOf(sentence))));
                }
            }
            String wordsTold = told.toString().replace(" own", "");
            boolean isComplete = h.reply.said.contains("completed");
            if (isComplete) assertThat(wordsTold).isEqualTo(written.toString());
            else assertThat(written.toString()).startsWith(wordsTold);
            if (isComplete && !hasSound) {
                for (FakeSpeech each : h.speeches) assertThat(each.isOver).isTrue();
            }
            if (!h.reply.said.isEmpty() && h.reply.fault != null && told.length() > 0) {
                assertThat(h.reply.fault.retryable()).as("an answer was begun").isFalse();
            }
        }

        private <T> @Nullable T any(List<T> calls) {
            return calls.isEmpty() ? null : calls.get(random.nextInt(calls.size()));
        }
    }
}
