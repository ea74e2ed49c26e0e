package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.Usage;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The person speaks into the answer: what stops, what is closed, and what the model is told was heard. */
@ExtendWith(NoBufferLeaks.class)
class BargeInTest {
    /** Ten words, 60 characters: at an even pace each word of 1.2 s of sound takes 120 ms. */
    private static final String TEN_WORDS = "alpha bravo charl delta echos foxtr golfs hotel india julie.";

    @Nested
    class WhileTheModelIsSpeaking {
        @Test
        void theTailIsClosedInOrderRightBehindSpeechStarted() {
            try (SessionHarness h = speaking(1200)) {
                h.newEvents();
                h.startSpeaking();
                assertThat(h.newEvents())
                        .containsExactly(
                                "SpeechStarted",
                                "OutputAudioDone",
                                "OutputAudioTranscriptDone",
                                "ContentPartDone",
                                "OutputItemDone",
                                "ItemDone",
                                "ResponseDone");
                ResponseSnapshot done = h.last(ServerEvent.ResponseDone.class).response();
                assertThat(done.outcome().status()).isEqualTo(Status.CANCELLED);
                assertThat(done.outcome().reason()).isEqualTo(Reason.TURN_DETECTED);
                assertThat(done.output()).hasSize(1);
                assertThat(done.output().get(0).status()).isEqualTo(ItemStatus.INCOMPLETE);
                assertThat(done.usage()).isEqualTo(Usage.NONE);
            }
        }

        @Test
        void theModelIsCutOffInTheSameTurnAndNothingOfItComesThrough() {
            try (SessionHarness h = speaking(1200)) {
                h.startSpeaking();
                assertThat(h.calls.get(0).cancels).isEqualTo(1);
                h.newEvents();
                h.calls.get(0).reply.onTranscript("late");
                h.calls.get(0).speak(100);
                h.calls.get(0).reply.onCompleted();
                h.session.onReplyReadable(h.now);
                assertThat(h.newEvents()).isEmpty();
            }
        }

        @Test
        void theTimelineSaysWhenItWasCutAndWhenTheLastOfItHadLeft() {
            try (SessionHarness h = speaking(1200)) {
                h.startSpeaking();
                long cutNanos = h.now;
                TurnTimeline timeline = h.timelines.get(0);
                assertThat(timeline.isMarked(Stage.CANCELLED)).isTrue();
                assertThat(timeline.isMarked(Stage.CANCEL_FLUSHED)).isFalse();
                h.flushAt(cutNanos + 500);
                assertThat(h.flushedCancels).containsExactly(timeline);
                assertThat(timeline.nanosBetween(Stage.CANCELLED, Stage.CANCEL_FLUSHED))
                        .hasValue(500);
                h.flushAt(cutNanos + 900);
                assertThat(h.flushedCancels).hasSize(1);
            }
        }

        @Test
        void anAnswerThatIsHeardToItsEndIsNotCut() {
            try (SessionHarness h = speaking(1200)) {
                h.calls.get(0).reply.onCompleted();
                h.session.onReplyReadable(h.now);
                h.flushAt(h.now);
                assertThat(h.timelines.get(0).isMarked(Stage.CANCELLED)).isFalse();
                assertThat(h.flushedCancels).isEmpty();
            }
        }

        @Test
        void whatWaitsForASlowClientIsNeverSent() {
            try (SessionHarness h = speaking(200)) {
                h.writable = false;
                h.modelSays("never", 1000);
                long sent = h.audioBytesSent;
                h.startSpeaking();
                h.writable = true;
                h.session.onClientWritable(h.now);
                assertThat(h.audioBytesSent).isEqualTo(sent);
            }
        }

        @Test
        void theModelIsToldWhatCanHaveBeenPlayedByThen() {
            try (SessionHarness h = speaking(1200)) {
                h.advanceMillis(500); // and 100 ms more until the onset is heard
                h.startSpeaking();
                // 600 of 1200 ms were played, but the model was not through: at 15 characters a second the 60
                // characters
                // take 4 s, so 600 ms are 9 characters.
                assertThat(heardByTheModel(h)).isEqualTo("alpha");
            }
        }

        @Test
        void withoutInterruptionTheAnswerGoesOn() {
            try (SessionHarness h = new SessionHarness(SessionHarness.withVad(true, false)).open()) {
                h.ask();
                h.modelSays("One", 100);
                h.startSpeaking();
                assertThat(h.calls.get(0).cancels).isZero();
                h.newEvents();
                h.modelSays(" two", 100);
                assertThat(h.newEvents()).containsExactly("OutputAudioTranscriptDelta", "audio");
            }
        }
    }

    @Nested
    class BeforeTheModelSaidAnything {
        @Test
        void theResponseIsDoneWithoutOutput() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                h.newEvents();
                h.startSpeaking();
                assertThat(h.newEvents()).containsExactly("SpeechStarted", "ResponseDone");
                assertThat(h.last(ServerEvent.ResponseDone.class).response().output())
                        .isEmpty();
                assertThat(h.calls.get(0).cancels).isEqualTo(1);
            }
        }
    }

    @Nested
    class AfterTheWholeAnswerWasSent {
        @Test
        void onlySpeechStartedComesAndTheUnplayedRestWasNotHeard() {
            try (SessionHarness h = speaking(1200)) {
                h.modelEnds();
                h.newEvents();
                h.advanceMillis(500);
                h.startSpeaking(); // 600 ms played: half of the words
                assertThat(h.newEvents()).containsExactly("SpeechStarted");
                assertThat(heardByTheModel(h)).isEqualTo("alpha bravo charl delta echos");
            }
        }

        @Test
        void onceAllIsPlayedTheAnswerIsQuotedByItsId() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.ask();
                h.call().reply.onAudioId("audio_1");
                h.modelSays(TEN_WORDS, 1200);
                h.call().reply.onAudioExpiry(SessionHarness.UNIX_SECONDS + 3600);
                h.modelEnds();
                h.advanceMillis(1200);
                h.speakTurn();
                assertThat(assistant(h).audioId()).isEqualTo("audio_1");
                assertThat(assistant(h).text())
                        .as("for a provider without audio ids")
                        .isNotEmpty();
            }
        }

        @Test
        void anIdAboutToExpireIsNotQuoted() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.ask();
                h.call().reply.onAudioId("audio_1");
                h.modelSays(TEN_WORDS, 1200);
                h.call().reply.onAudioExpiry(SessionHarness.UNIX_SECONDS + 3600);
                h.modelEnds();
                h.advanceMillis(3_400_000);
                h.ask();
                assertThat(assistant(h).audioId()).isNull();
                assertThat(assistant(h).text()).isEqualTo(TEN_WORDS);
            }
        }
    }

    @Nested
    class Truncate {
        @Test
        void theClientsWordOverrulesTheEstimate() {
            try (SessionHarness h = speaking(1200)) {
                h.modelEnds();
                h.advanceMillis(100);
                h.startSpeaking();
                h.command(new ItemTruncate(null, itemId(h), 0, 960));
                assertThat(h.last(ServerEvent.ItemTruncated.class).audioEndMillis())
                        .isEqualTo(960);
                assertThat(heardByTheModel(h)).isEqualTo("alpha bravo charl delta echos foxtr golfs hotel");
            }
        }

        @Test
        void beyondTheAudioItIsClampedNotRefused() {
            try (SessionHarness h = speaking(1200)) {
                h.modelEnds();
                h.command(new ItemTruncate(null, itemId(h), 0, 9_100));
                assertThat(h.last(ServerEvent.ItemTruncated.class).audioEndMillis())
                        .isEqualTo(1200);
                assertThat(heardByTheModel(h)).isEqualTo(TEN_WORDS);
            }
        }

        @Test
        void toNothingLeavesTheAnswerOut() {
            try (SessionHarness h = speaking(1200)) {
                h.modelEnds();
                h.command(new ItemTruncate(null, itemId(h), 0, 0));
                h.ask();
                assertThat(h.call().request.messages()).noneMatch(AssistantMessage.class::isInstance);
            }
        }

        @Test
        void ofAnItemThatIsNotThereIsAnError() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.command(new ItemTruncate("t1", "item_x", 0, 0));
                assertThat(h.lastError().code()).isEqualTo("item_truncate_invalid_item_id");
                assertThat(h.lastError().clientEventId()).isEqualTo("t1");
            }
        }

        @Test
        void ofWhatAUserSaidIsAnError() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.type("Hello?");
                h.command(new ItemTruncate(
                        null, h.last(ServerEvent.ItemDone.class).item().id(), 0, 0));
                assertThat(h.lastError().code()).isEqualTo("unsupported_content_type");
            }
        }
    }

    @Nested
    class Cancel {
        @Test
        void byTheClientClosesTheTailWithItsReason() {
            try (SessionHarness h = speaking(1200)) {
                h.command(new ResponseCancel(null, null));
                assertThat(h.last(ServerEvent.ResponseDone.class)
                                .response()
                                .outcome()
                                .reason())
                        .isEqualTo(Reason.CLIENT_CANCELLED);
                assertThat(h.calls.get(0).cancels).isEqualTo(1);
            }
        }

        @Test
        void withNothingActiveIsAnErrorThatClientsRecognise() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.command(new ResponseCancel("x", null));
                assertThat(h.lastError().code()).isEqualTo("response_cancel_not_active");
                assertThat(h.lastError().message()).startsWith("Cancellation failed");
            }
        }

        @Test
        void ofAnotherResponseLeavesTheActiveOneAlone() {
            try (SessionHarness h = speaking(1200)) {
                h.command(new ResponseCancel(null, "resp_other"));
                assertThat(h.lastError().code()).isEqualTo("response_cancel_not_active");
                assertThat(h.calls.get(0).cancels).isZero();
            }
        }
    }

    private static SessionHarness speaking(int audioMillis) {
        SessionHarness h = new SessionHarness().open();
        h.ask();
        h.modelSays(TEN_WORDS, audioMillis);
        return h;
    }

    private static String itemId(SessionHarness h) {
        return h.last(ServerEvent.OutputItemAdded.class).item().id();
    }

    private static AssistantMessage assistant(SessionHarness h) {
        for (ChatMessage message : h.call().request.messages()) {
            if (message instanceof AssistantMessage assistant) return assistant;
        }
        throw new AssertionError("no assistant message in " + h.call().request.messages());
    }

    private static String heardByTheModel(SessionHarness h) {
        if (h.session.settings().input().turnDetection() != null && h.calls.size() == 1) {
            if (h.last(ServerEvent.ResponseCreated.class) != null && h.endedTurns.isEmpty()) {
                h.command(new ResponseCancel(null, null));
            }
            h.ask();
        }
        return String.valueOf(assistant(h).text());
    }
}
