package dev.antiphon.session;

import static dev.antiphon.session.SessionHarness.FORMAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.metrics.Stage;
import dev.antiphon.session.ClientCommand.InputAudioClear;
import dev.antiphon.session.ClientCommand.InputAudioCommit;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.ResponseCreate;
import dev.antiphon.session.ClientCommand.SessionUpdate;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.Usage;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One turn after the other, in the orders of the Realtime protocol. */
@ExtendWith(NoBufferLeaks.class)
class SpokenTurnTest {

    @Test
    void sessionCreatedIsTheFirstEvent() {
        try (SessionHarness h = new SessionHarness().open()) {
            assertThat(h.newEvents()).containsExactly("SessionCreated");
            assertThat(h.last(ServerEvent.SessionCreated.class).expiresAtUnixSeconds())
                    .isEqualTo(SessionHarness.UNIX_SECONDS + 3600);
        }
    }

    @Nested
    class TypedText {
        @Test
        void anItemIsAddedAndDoneAndTheAnswerOpensAndClosesInOrder() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.newEvents();
                h.type("Hello?");
                assertThat(h.newEvents()).containsExactly("ItemAdded", "ItemDone");
                h.ask();
                assertThat(h.newEvents()).containsExactly("ResponseCreated");
                h.modelSays("Hi", 100);
                h.modelSays(" there.", 100);
                assertThat(h.newEvents())
                        .containsExactly(
                                "OutputItemAdded",
                                "ItemAdded",
                                "ContentPartAdded",
                                "OutputAudioTranscriptDelta",
                                "audio",
                                "OutputAudioTranscriptDelta",
                                "audio");
                h.modelEnds();
                assertThat(h.newEvents())
                        .containsExactly(
                                "OutputAudioDone",
                                "OutputAudioTranscriptDone",
                                "ContentPartDone",
                                "OutputItemDone",
                                "ItemDone",
                                "ResponseDone");
                assertThat(h.audioBytesSent).isEqualTo(FORMAT.bytesOf(FORMAT.samplesInMillis(200)));
                assertThat(h.last(ServerEvent.OutputAudioTranscriptDone.class).transcript())
                        .isEqualTo("Hi there.");
            }
        }

        @Test
        void theModelIsAskedWithTheConversationAndTheVoice() {
            try (SessionHarness h =
                    new SessionHarness(SessionHarness.pushToTalk().withInstructions("Be brief.")).open()) {
                h.type("Hello?");
                h.ask();
                assertThat(h.call().request.model()).isEqualTo("gpt-audio");
                assertThat(h.call().request.speech()).isNotNull();
                assertThat(h.call().request.messages())
                        .containsExactly(
                                new ChatMessage.SystemMessage("Be brief."),
                                new UserMessage(java.util.List.of(new ChatMessage.TextPart("Hello?"))));
            }
        }

        @Test
        void textModalityAnswersInTextEvents() {
            try (SessionHarness h = new SessionHarness(SessionHarness.inText()).open()) {
                h.type("Hello?");
                h.ask();
                h.newEvents();
                h.call().reply.onText("Hi");
                h.call().reply.onFinish(FinishReason.STOP);
                h.call().reply.onCompleted();
                h.session.onReplyReadable(h.now);
                assertThat(h.newEvents())
                        .containsExactly(
                                "OutputItemAdded",
                                "ItemAdded",
                                "ContentPartAdded",
                                "OutputTextDelta",
                                "OutputTextDone",
                                "ContentPartDone",
                                "OutputItemDone",
                                "ItemDone",
                                "ResponseDone");
            }
        }

        @Test
        void usageAndMetadataAreInResponseDone() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                Usage usage = new Usage(new Usage.Input(5, 5, 0, 0, 0), new Usage.Output(9, 4, 5, 0), 14);
                h.command(new ResponseCreate("e1", h.session.settings(), Map.of("topic", "tea")));
                h.call().reply.onUsage(usage);
                h.modelEnds();
                ResponseSnapshot done = h.last(ServerEvent.ResponseDone.class).response();
                assertThat(done.usage()).isEqualTo(usage);
                assertThat(done.identity().metadata()).containsEntry("topic", "tea");
                assertThat(h.last(ServerEvent.ResponseCreated.class).response().identity())
                        .isEqualTo(done.identity());
            }
        }

        @Test
        void aResponseKeepsTheSettingsItStartedWith() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.ask();
                h.command(new SessionUpdate(null, h.session.settings().withInstructions("Changed.")));
                h.modelEnds();
                assertThat(h.last(ServerEvent.ResponseDone.class)
                                .response()
                                .settings()
                                .instructions())
                        .isEmpty();
            }
        }

        @Test
        void aSecondResponseIsRefusedWhileOneIsActive() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.ask();
                h.command(new ResponseCreate("second", h.session.settings(), Map.of()));
                assertThat(h.calls).hasSize(1);
                assertThat(h.lastError().code()).isEqualTo("conversation_already_has_active_response");
                assertThat(h.lastError().clientEventId()).isEqualTo("second");
            }
        }
    }

    @Nested
    class PushToTalk {
        @Test
        void commitMakesAUserItemAndNoResponse() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.newEvents();
                h.hearMillis(500);
                h.command(new InputAudioCommit(null));
                assertThat(h.newEvents()).containsExactly("InputAudioCommitted", "ItemAdded", "ItemDone");
                assertThat(h.calls).isEmpty();
                ServerEvent.ItemDone done = h.last(ServerEvent.ItemDone.class);
                assertThat(done.item().id())
                        .isEqualTo(h.last(ServerEvent.InputAudioCommitted.class).itemId());
                h.ask();
                assertThat(userAudioMillis(h)).isEqualTo(500);
            }
        }

        @Test
        void commitOfLessThanATenthOfASecondIsRefused() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.hearMillis(99);
                h.command(new InputAudioCommit("c1"));
                assertThat(h.lastError().code()).isEqualTo("input_audio_buffer_commit_empty");
                assertThat(h.lastError().message()).contains("100ms").contains("99.00ms");
                assertThat(h.lastError().clientEventId()).isEqualTo("c1");
            }
        }

        @Test
        void clearForgetsWhatWasAppended() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.hearMillis(500);
                h.command(new InputAudioClear(null));
                h.hearMillis(200);
                h.command(new InputAudioCommit(null));
                h.ask();
                assertThat(userAudioMillis(h)).isEqualTo(200);
            }
        }

        @Test
        void aFullBufferIsAnErrorAndTheSessionLives() {
            SessionLimits limits = new SessionLimits(1L << 40, 1L << 60, 48_000);
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk(), limits).open()) {
                h.hearMillis(900);
                h.hearMillis(200);
                assertThat(h.lastError().code()).isEqualTo("input_audio_buffer_full");
                h.command(new InputAudioCommit(null));
                h.ask();
                assertThat(userAudioMillis(h)).isEqualTo(900);
            }
        }
    }

    @Nested
    class ServerVad {
        @Test
        void aTurnIsOneBurstFromSpeechStoppedToResponseCreated() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.newEvents();
                h.detector.startAt(FORMAT.samplesInMillis(400));
                h.hearMillis(1000);
                assertThat(h.newEvents()).containsExactly("SpeechStarted");
                h.detector.stopAt(h.detector.heard);
                h.hearMillis(500);
                assertThat(h.newEvents())
                        .containsExactly(
                                "SpeechStopped", "InputAudioCommitted", "ItemAdded", "ItemDone", "ResponseCreated");
                String itemId = h.last(ServerEvent.SpeechStarted.class).itemId();
                assertThat(h.last(ServerEvent.SpeechStopped.class).itemId()).isEqualTo(itemId);
                assertThat(h.last(ServerEvent.InputAudioCommitted.class).itemId())
                        .isEqualTo(itemId);
            }
        }

        @Test
        void startIncludesThePaddingAndEndTheSilence() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                assertThat(h.last(ServerEvent.SpeechStarted.class).audioStartMillis())
                        .isEqualTo(400 - 300);
                assertThat(h.last(ServerEvent.SpeechStopped.class).audioEndMillis())
                        .isEqualTo(1000 + 500);
                assertThat(userAudioMillis(h)).isEqualTo(1400);
            }
        }

        @Test
        void paddingReachesBackIntoQuietThatWasHeardLongAgoButNoFurther() {
            try (SessionHarness h = new SessionHarness().open()) {
                for (int i = 0; i < 100; i++) h.hearMillis(100);
                h.speakTurn();
                assertThat(h.last(ServerEvent.SpeechStarted.class).audioStartMillis())
                        .isEqualTo(10_400 - 300);
                assertThat(userAudioMillis(h)).isEqualTo(1400);
            }
        }

        @Test
        void theTimelineKnowsWhenTheLastSampleOfSpeechCame() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.speakTurn();
                h.advanceMillis(250);
                h.modelSays("Yes.", 100);
                h.modelEnds();
                assertThat(h.timelines
                                .get(0)
                                .nanosBetween(Stage.LAST_SPEECH_SAMPLE, Stage.TURN_DECIDED)
                                .orElseThrow())
                        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
                assertThat(h.timelines
                                .get(0)
                                .nanosBetween(Stage.TURN_DECIDED, Stage.FIRST_AUDIO_DELTA)
                                .orElseThrow())
                        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(250));
                assertThat(h.timelines
                                .get(0)
                                .nanosBetween(Stage.FIRST_AUDIO_DELTA, Stage.PLAYED)
                                .orElseThrow())
                        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }

        @Test
        void withoutCreateResponseTheTurnIsOnlyCommitted() {
            try (SessionHarness h = new SessionHarness(SessionHarness.withVad(false, true)).open()) {
                h.speakTurn();
                assertThat(h.calls).isEmpty();
                h.ask();
                assertThat(userAudioMillis(h)).isEqualTo(1400);
            }
        }

        @Test
        void aTurnThatEndsWhileAResponseIsActiveWaitsForItsPlace() {
            try (SessionHarness h = new SessionHarness(SessionHarness.withVad(true, false)).open()) {
                h.speakTurn();
                h.modelSays("A long", 100);
                h.speakTurn();
                assertThat(h.calls).hasSize(1);
                h.modelEnds();
                assertThat(h.calls).hasSize(2);
                assertThat(h.endedTurns.get(0).outcome().status()).isEqualTo(Status.COMPLETED);
            }
        }

        @Test
        void commitByHandEndsTheTurnWithItsItem() {
            try (SessionHarness h = new SessionHarness().open()) {
                h.startSpeaking();
                h.hearMillis(300);
                h.newEvents();
                h.command(new InputAudioCommit(null));
                assertThat(h.newEvents())
                        .containsExactly("SpeechStopped", "InputAudioCommitted", "ItemAdded", "ItemDone");
                assertThat(h.detector.resets).isEqualTo(1);
                assertThat(h.last(ServerEvent.InputAudioCommitted.class).itemId())
                        .isEqualTo(h.last(ServerEvent.SpeechStarted.class).itemId());
            }
        }

        @Test
        void aTurnAsLongAsTheBufferEndsThere() {
            SessionLimits limits = new SessionLimits(1L << 40, 1L << 60, 96_000);
            try (SessionHarness h = new SessionHarness(SessionSettings.defaults("m", "alloy"), limits).open()) {
                h.startSpeaking();
                for (int i = 0; i < 10; i++) h.hearMillis(250);
                assertThat(h.calls).hasSize(1);
                assertThat(h.events).noneMatch(ServerEvent.ErrorEvent.class::isInstance);
                assertThat(userAudioMillis(h)).isEqualTo(1_850); // 100 ms of the onset, seven pieces that fit
                h.command(new InputAudioCommit(null));
                h.command(new ResponseCancel(null, null));
                h.ask();
                assertThat(h.call().request.messages().toString()).contains("750 ms"); // nothing was lost
            }
        }

        @Test
        void turnDetectionCanBeTurnedOffAndOnAgain() {
            try (SessionHarness h = new SessionHarness().open()) {
                SessionSettings vad = h.session.settings();
                h.command(new SessionUpdate(null, vad.withInput(new SessionSettings.Input(FORMAT, null))));
                h.hearMillis(1000);
                assertThat(h.detector.heard).isZero();
                h.command(new SessionUpdate(null, vad));
                h.detector.startAt(0);
                h.hearMillis(100);
                assertThat(h.last(ServerEvent.SpeechStarted.class).audioStartMillis())
                        .isEqualTo(1000 - 300);
            }
        }
    }

    @Nested
    class FunctionCalls {
        @Test
        void aCallIsOpenedFilledAndClosed() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.ask();
                h.newEvents();
                h.call().reply.onToolCall(0, "call_A", "add", "");
                h.call().reply.onToolCall(0, null, null, "{\"a\"");
                h.call().reply.onToolCall(0, null, null, ":2}");
                h.call().reply.onFinish(FinishReason.TOOL_CALLS);
                h.modelEnds();
                assertThat(h.newEvents())
                        .containsExactly(
                                "OutputItemAdded",
                                "ItemAdded",
                                "FunctionCallArgumentsDelta",
                                "FunctionCallArgumentsDelta",
                                "FunctionCallArgumentsDone",
                                "OutputItemDone",
                                "ItemDone",
                                "ResponseDone");
                ServerEvent.FunctionCallArgumentsDone done = h.last(ServerEvent.FunctionCallArgumentsDone.class);
                assertThat(done.arguments()).isEqualTo("{\"a\":2}");
                assertThat(done.callId()).isEqualTo("call_A");
                assertThat(done.name()).isEqualTo("add");
            }
        }

        @Test
        void emptyArgumentsBecomeAnEmptyObjectAlsoInADelta() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.ask();
                h.call().reply.onToolCall(0, "call_A", "now", "");
                h.modelEnds();
                assertThat(h.last(ServerEvent.FunctionCallArgumentsDelta.class).delta())
                        .isEqualTo("{}");
                assertThat(h.last(ServerEvent.FunctionCallArgumentsDone.class).arguments())
                        .isEqualTo("{}");
            }
        }

        @Test
        void theOutputGoesBackRightBehindItsCall() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.type("Add.");
                h.ask();
                h.call().reply.onToolCall(0, "call_A", "add", "{}");
                h.modelEnds();
                h.type("Still there?");
                h.command(new ClientCommand.ItemCreate(
                        null, new Item.FunctionCallOutput("", ItemStatus.COMPLETED, "call_A", "5"), null));
                h.ask();
                assertThat(h.call().request.messages())
                        .extracting(message -> message.getClass().getSimpleName())
                        .containsExactly("UserMessage", "AssistantMessage", "ToolMessage", "UserMessage");
            }
        }

        @Test
        void aCallWithoutAnOutputIsNotToldToTheModel() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.type("Add.");
                h.ask();
                h.call().reply.onToolCall(0, "call_A", "add", "{}");
                h.modelEnds();
                h.ask();
                assertThat(h.call().request.messages()).hasSize(1);
            }
        }

        @Test
        void anOutputForAnUnknownCallIsRefused() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                h.command(new ClientCommand.ItemCreate(
                        "e9", new Item.FunctionCallOutput("", ItemStatus.COMPLETED, "call_X", "5"), null));
                assertThat(h.lastError().code()).isEqualTo("invalid_tool_call_id");
                assertThat(h.lastError().clientEventId()).isEqualTo("e9");
            }
        }
    }

    private static long userAudioMillis(SessionHarness h) {
        for (ChatMessage message : h.call().request.messages()) {
            if (message instanceof UserMessage user && user.parts().get(0) instanceof ChatMessage.AudioPart audio) {
                assertThat(audio.clip().format()).isEqualTo(AudioFormat.PCM16_24KHZ);
                return audio.clip().millis();
            }
        }
        throw new AssertionError("no audio in " + h.call().request.messages());
    }
}
