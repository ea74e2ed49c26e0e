package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.TokenCounts;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a session costs, whoever ends it. */
@ExtendWith(NoBufferLeaks.class)
class UsageTest {
    private static final Usage COUNTED =
            new Usage(new Usage.Input(62, 20, 42, 0, 8), new Usage.Output(50, 10, 40, 0), 112);

    @Nested
    class OfAnAnswerThatCameToItsEnd {
        @Test
        void isWhatTheProviderCounts() {
            try (SessionHarness h = answered()) {
                ResponseUsage usage = only(h);
                assertThat(usage.tokens().heard()).isEqualTo(new TokenCounts(20, 42, 0, 8, 10, 40, 0));
                assertThat(usage.tokens().unheard()).isEqualTo(TokenCounts.NONE);
                assertThat(usage.isEstimated()).isFalse();
                assertThat(usage.model()).isEqualTo("gpt-audio");
                assertThat(usage.conversationId()).startsWith("conv_");
            }
        }

        @Test
        void isCorrectedWhenTheClientSaysHowFarItPlayed() {
            try (SessionHarness h = answered()) {
                String itemId = h.endedTurns.get(0).output().get(0).id();
                h.command(new ItemTruncate(null, itemId, 0, 500));
                assertThat(only(h).tokens().unheard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 8, 30, 0));
                assertThat(h.paid.all()).isEqualTo(TokenCounts.of(COUNTED));
            }
        }

        @Test
        void isCorrectedWhenTheClientLeavesBeforeItIsPlayed() {
            SessionHarness h = answered();
            h.advanceMillis(1_000);
            h.close();
            assertThat(only(h).tokens().unheard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 5, 20, 0));
            assertThat(h.paid.all()).isEqualTo(TokenCounts.of(COUNTED));
        }

        @Test
        void isCorrectedWhenThePersonSpeaksWhileItIsStillPlayed() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                answer(h);
                h.advanceMillis(900);
                h.startSpeaking(); // 100 ms more
                assertThat(h.usages).hasSize(1);
                assertThat(only(h).tokens().unheard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 5, 20, 0));
            }
        }

        private SessionHarness answered() {
            SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open();
            h.type("Hello?");
            h.ask();
            answer(h);
            return h;
        }

        private void answer(SessionHarness h) {
            h.modelSays("Two seconds of speech.", 2_000);
            h.call().reply.onUsage(COUNTED);
            h.modelEnds();
        }
    }

    @Nested
    class OfAnAnswerThatWasCut {
        @Test
        void isEstimatedAndSplitAtWhatWasHeard() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                h.modelSays("Sixteen letters.", 2_000);
                h.advanceMillis(900);
                h.startSpeaking();
                ResponseUsage usage = only(h);
                assertThat(usage.isEstimated()).isTrue();
                assertThat(usage.tokens().heard().audioInput())
                        .as("10 tokens a second of speech")
                        .isGreaterThan(9);
                assertThat(usage.tokens().heard().audioOutput()).isEqualTo(20);
                assertThat(usage.tokens().unheard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 2, 20, 0));
            }
        }

        @Test
        void countsTheClientThatVanishes() {
            SessionHarness h = new SessionHarness().open();
            h.speakTurn();
            h.modelSays("Sixteen letters.", 2_000);
            h.advanceMillis(500);
            h.close();
            assertThat(only(h).tokens().heard().audioOutput()).isEqualTo(10);
            assertThat(only(h).tokens().unheard().audioOutput()).isEqualTo(30);
        }

        @Test
        void isAllInVainBeforeTheFirstSound() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                h.startSpeaking();
                assertThat(only(h).tokens().unheard().audioInput())
                        .as("what was asked")
                        .isPositive();
                assertThat(only(h).tokens().heard()).isEqualTo(TokenCounts.NONE);
            }
        }
    }

    @Nested
    class OfAnAnswerThatFailed {
        @Test
        void isNothingWhereTheProviderRefused() {
            try (SessionHarness h = asked()) {
                fail(h, UpstreamFault.Kind.REFUSED);
                assertThat(h.usages).isEmpty();
            }
        }

        @Test
        void isWhatWasAskedWhereItBrokeOff() {
            try (SessionHarness h = asked()) {
                fail(h, UpstreamFault.Kind.TRUNCATED);
                assertThat(only(h).tokens().failed().textInput()).isPositive();
                assertThat(only(h).tokens().heard()).isEqualTo(TokenCounts.NONE);
            }
        }

        private SessionHarness asked() {
            SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open();
            h.type("Hello?");
            h.ask();
            return h;
        }

        private void fail(SessionHarness h, UpstreamFault.Kind kind) {
            h.call().reply.onFault(new UpstreamFault(kind, 500, "server_error", null, null, "broken", false));
            h.session.onReplyReadable(h.now);
        }
    }

    @Test
    void whatIsWrittenDownIsPaidForToo() {
        SessionHarness h = new SessionHarness(SessionHarness.transcribed(SessionHarness.withVad(false, false)));
        try (SessionHarness open = h.open()) {
            open.speakTurn();
            open.transcriptions.get(0).listener.onCompleted("Hello.", new TranscriptionUsage.Tokens(22, 17, 5, 2, 15));
            assertThat(only(open).model()).isEqualTo("whisper-1");
            assertThat(only(open).tokens().heard()).isEqualTo(new TokenCounts(2, 15, 0, 0, 5, 0, 0));
        }
    }

    private static ResponseUsage only(SessionHarness h) {
        assertThat(h.usages).hasSize(1);
        return h.usages.get(0);
    }
}
