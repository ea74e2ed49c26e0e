package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ClientCommand.ItemDelete;
import dev.antiphon.session.ClientCommand.ItemRetrieve;
import dev.antiphon.session.ClientCommand.ResponseCreate;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.Timers.Deadline;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What happens beside the answers: speech is written down, silence is noticed. */
@ExtendWith(NoBufferLeaks.class)
class ListeningTest {

    @Nested
    class InputTranscription {
        private final SessionSettings settings = SessionHarness.transcribed(SessionHarness.withVad(true, true));

        @Test
        void runsBesideTheAnswerAndEndsInTheItem() {
            try (SessionHarness h = new SessionHarness(settings).open()) {
                h.speakTurn();
                assertThat(h.calls).as("the answer does not wait").hasSize(1);
                SessionHarness.FakeTranscription written = h.transcriptions.get(0);
                assertThat(written.request.clip().millis()).isEqualTo(1400);
                assertThat(written.request.language()).isEqualTo("en");
                h.newEvents();
                written.listener.onDelta("What");
                written.listener.onCompleted("What time is it?", new TranscriptionUsage.Duration(1.4));
                assertThat(h.newEvents()).containsExactly("InputTranscriptionDelta", "InputTranscriptionCompleted");
                String itemId =
                        h.last(ServerEvent.InputTranscriptionCompleted.class).itemId();
                h.command(new ItemRetrieve(null, itemId));
                Item.Message item =
                        (Item.Message) h.last(ServerEvent.ItemRetrieved.class).item();
                assertThat(((ContentPart.InputAudio) item.content().get(0)).transcript())
                        .isEqualTo("What time is it?");
            }
        }

        @Test
        void thatFailsIsToldAndNothingElse() {
            try (SessionHarness h = new SessionHarness(settings).open()) {
                h.speakTurn();
                h.newEvents();
                h.transcriptions
                        .get(0)
                        .listener
                        .onFault(new UpstreamFault(
                                UpstreamFault.Kind.REFUSED, 400, "invalid_request_error", "bad", null, "No.", false));
                assertThat(h.newEvents()).containsExactly("InputTranscriptionFailed");
            }
        }

        @Test
        void ofAnItemThatIsGoneIsStillTold() {
            try (SessionHarness h = new SessionHarness(settings).open()) {
                h.speakTurn();
                String itemId = h.last(ServerEvent.InputAudioCommitted.class).itemId();
                h.command(new ItemDelete(null, itemId));
                h.transcriptions.get(0).listener.onCompleted("Gone.", new TranscriptionUsage.Duration(1));
                assertThat(h.last(ServerEvent.InputTranscriptionCompleted.class).itemId())
                        .isEqualTo(itemId);
            }
        }

        @Test
        void endsWithTheSession() {
            SessionHarness h = new SessionHarness(settings).open();
            h.speakTurn();
            h.close();
            assertThat(h.transcriptions.get(0).cancels).isEqualTo(1);
        }

        @Test
        void isAllThatATranscriptionSessionDoes() {
            SessionSettings listening =
                    settings.withOutput(new SessionSettings.Output(Modality.NONE, SessionHarness.FORMAT, "alloy", 1));
            try (SessionHarness h = new SessionHarness(listening).open()) {
                h.speakTurn();
                assertThat(h.calls).isEmpty();
                assertThat(h.transcriptions).hasSize(1);
                h.command(new ResponseCreate("r", h.session.settings(), Map.of()));
                assertThat(h.lastError().clientEventId()).isEqualTo("r");
            }
        }
    }

    @Nested
    class IdleTimeout {
        @Test
        void countsFromTheEndOfPlayout() {
            try (SessionHarness h = new SessionHarness(SessionHarness.impatient(5_000)).open()) {
                h.ask();
                h.modelSays("A long answer.", 3000);
                h.modelEnds();
                assertThat(h.timers.get(Deadline.IDLE)).isEqualTo(h.now + TimeUnit.MILLISECONDS.toNanos(8_000));
            }
        }

        @Test
        void turnsTheSilenceIntoATurnOfItsOwn() {
            try (SessionHarness h = new SessionHarness(SessionHarness.impatient(5_000)).open()) {
                h.hearMillis(1000);
                h.ask();
                h.modelEnds();
                for (int i = 0; i < 50; i++) h.hearMillis(100);
                h.newEvents();
                h.fireTimers();
                assertThat(h.newEvents())
                        .containsExactly(
                                "InputAudioTimeoutTriggered",
                                "InputAudioCommitted",
                                "ItemAdded",
                                "ItemDone",
                                "ResponseCreated");
                ServerEvent.InputAudioTimeoutTriggered triggered = h.last(ServerEvent.InputAudioTimeoutTriggered.class);
                assertThat(triggered.audioStartMillis()).isEqualTo(1000);
                assertThat(triggered.audioEndMillis()).isEqualTo(6000);
                assertThat(triggered.itemId())
                        .isEqualTo(h.last(ServerEvent.InputAudioCommitted.class).itemId());
            }
        }

        @Test
        void isOffWhileSomebodySpeaksOrTheModelDoes() {
            try (SessionHarness h = new SessionHarness(SessionHarness.impatient(5_000)).open()) {
                h.ask();
                h.modelEnds();
                assertThat(h.timers).containsKey(Deadline.IDLE);
                h.startSpeaking();
                assertThat(h.timers).doesNotContainKey(Deadline.IDLE);
            }
            try (SessionHarness h = new SessionHarness(SessionHarness.impatient(5_000)).open()) {
                h.ask();
                h.modelEnds();
                h.ask();
                assertThat(h.timers).doesNotContainKey(Deadline.IDLE);
            }
        }

        @Test
        void withoutAnyAudioIsATurnWithoutSound() {
            try (SessionHarness h = new SessionHarness(SessionHarness.impatient(5_000)).open()) {
                h.ask();
                h.modelEnds();
                h.fireTimers();
                assertThat(h.calls).hasSize(2);
                assertThat(h.call().request.messages().toString()).doesNotContain("AudioPart");
            }
        }
    }
}
