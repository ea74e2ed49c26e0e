package dev.antiphon.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.SessionSettings.Truncation;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the model is told again with each question, and what becomes of what it forgot. */
@ExtendWith(NoBufferLeaks.class)
class MemoryTest {

    @Nested
    class ForgottenAudio {
        @Test
        void isRepairedOnceAndSilently() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                answered(h, "audio_1", "First.");
                answered(h, "audio_2", "Second.");
                h.newEvents();
                h.ask();
                h.call().reply.onFault(notFound("audio_1"));
                h.session.onReplyReadable(h.now);
                assertThat(h.newEvents()).containsExactly("ResponseCreated");
                assertThat(answers(h))
                        .containsExactly(
                                new AssistantMessage("First.", null, List.of()),
                                new AssistantMessage("Second.", "audio_2", List.of()));
                h.modelSays("Third.", 100);
                h.modelEnds();
                assertThat(h.endedTurns.get(2).outcome().status()).isEqualTo(Status.COMPLETED);
                assertThat(h.calls).hasSize(4);
            }
        }

        @Test
        void thatIsNotNamedMakesAllOfThemWords() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                answered(h, "audio_1", "First.");
                answered(h, "audio_2", "Second.");
                h.ask();
                h.call().reply.onFault(notFound("something else"));
                h.session.onReplyReadable(h.now);
                assertThat(answers(h)).allMatch(answer -> answer.audioId() == null);
            }
        }

        @Test
        void isRepairedNoSecondTime() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                answered(h, "audio_1", "First.");
                answered(h, "audio_2", "Second.");
                h.ask();
                for (String id : List.of("audio_1", "audio_2")) {
                    h.call().reply.onFault(notFound(id));
                    h.session.onReplyReadable(h.now);
                }
                assertThat(h.endedTurns.get(2).outcome().status()).isEqualTo(Status.FAILED);
            }
        }

        private UpstreamFault notFound(String audioId) {
            return new UpstreamFault(
                    UpstreamFault.Kind.REFUSED,
                    400,
                    "invalid_request_error",
                    "audio_not_found",
                    "messages[0].audio.id",
                    "Assistant audio " + audioId + " not found.",
                    false);
        }
    }

    @Nested
    class AHistoryOfWrittenAnswers {
        @Test
        void isToldWithTheDemandToSpeak() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                answered(h, "audio_1", "First word.");
                h.command(new ItemTruncate(null, lastAnswer(h), 0, 500));
                h.ask();
                assertThat(h.call().request.messages().get(0))
                        .isInstanceOfSatisfying(
                                SystemMessage.class,
                                demand -> assertThat(demand.text()).contains("Answer aloud"));
            }
        }

        @Test
        void needsNoDemandWhileAnswersAreQuoted() {
            try (SessionHarness h = new SessionHarness(SessionHarness.pushToTalk()).open()) {
                answered(h, "audio_1", "First.");
                h.ask();
                assertThat(h.call().request.messages()).noneMatch(SystemMessage.class::isInstance);
            }
        }
    }

    @Nested
    class BeyondTheContext {
        private final MemorySettings small = new MemorySettings(60, Integer.MAX_VALUE, 1 << 20);

        @Test
        void theOldestExchangesAreLeftOutAndTheNewestQuestionNever() {
            try (SessionHarness h = filled(Truncation.AUTO)) {
                assertThat(questions(h)).endsWith("question 9").doesNotContain("question 0");
                assertThat(questions(h).size()).isBetween(2, 9);
            }
        }

        @Test
        void aRetentionRatioLeavesOutMoreAtOnce() {
            try (SessionHarness all = filled(Truncation.AUTO);
                    SessionHarness half = filled(new Truncation(true, 0.5))) {
                assertThat(questions(half).size()).isLessThan(questions(all).size());
                assertThat(questions(half)).endsWith("question 9");
            }
        }

        @Test
        void nothingIsLeftOutWhereTruncationIsDisabled() {
            try (SessionHarness h = filled(Truncation.DISABLED)) {
                assertThat(questions(h)).hasSize(10);
            }
        }

        @Test
        void soundCountsByItsBytesToo() {
            MemorySettings threeSeconds = new MemorySettings(10_000, Integer.MAX_VALUE, 3 * 48_000);
            SessionSettings settings = SessionHarness.withVad(false, true);
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, threeSeconds).open()) {
                for (int i = 0; i < 5; i++) h.speakTurn(); // 1.4 s each
                h.ask();
                assertThat(h.call().request.messages()).hasSize(2);
            }
        }

        private SessionHarness filled(Truncation truncation) {
            SessionSettings settings = SessionHarness.inText()
                    .withGeneration(new SessionSettings.Generation(null, null, null, truncation));
            SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, small).open();
            for (int i = 0; i < 10; i++) h.type("question " + i);
            h.ask();
            return h;
        }

        private List<String> questions(SessionHarness h) {
            return h.call().request.messages().stream()
                    .filter(UserMessage.class::isInstance)
                    .map(message -> ((TextPart) ((UserMessage) message).parts().get(0)).text())
                    .toList();
        }
    }

    @Nested
    class OldSpeechOfTheUser {
        @Test
        void isToldInWordsWhereThereAreSome() {
            SessionSettings settings = SessionHarness.transcribed(SessionHarness.withVad(false, true));
            MemorySettings memory = new MemorySettings(10_000, 1, 1 << 20);
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, memory).open()) {
                for (int i = 0; i < 3; i++) h.speakTurn();
                h.transcriptions.get(0).listener.onCompleted("The first.", new TranscriptionUsage.Duration(1));
                h.transcriptions.get(2).listener.onCompleted("The third.", new TranscriptionUsage.Duration(1));
                h.ask();
                List<Object> parts = h.call().request.messages().stream()
                        .map(message -> (Object) ((UserMessage) message).parts().get(0))
                        .toList();
                assertThat(parts.get(0)).isEqualTo(new TextPart("The first."));
                assertThat(parts.get(1)).as("no words, so the sound").isInstanceOf(AudioPart.class);
                assertThat(parts.get(2)).as("the newest is told as sound").isInstanceOf(AudioPart.class);
            }
        }
    }

    @Nested
    class SoundThatIsNotToldAgain {
        private static final int TURN_BYTES = 1_400 * 48; // of speakTurn

        private final MemorySettings twoTurns = new MemorySettings(10_000, Integer.MAX_VALUE, 2 * TURN_BYTES);

        @Test
        void isGivenBackTheOldestFirst() {
            try (SessionHarness h =
                    new SessionHarness(SessionHarness.withVad(false, true), SessionLimits.DEFAULT, twoTurns).open()) {
                List<AudioClip> clips = spoken(h, 4);
                assertThat(clips).extracting(MemoryTest::isOpen).containsExactly(false, false, true, true);
            }
        }

        @Test
        void isNeverTheNewestTurnHoweverLong() {
            MemorySettings little = new MemorySettings(10_000, Integer.MAX_VALUE, 100);
            try (SessionHarness h =
                    new SessionHarness(SessionHarness.withVad(false, true), SessionLimits.DEFAULT, little).open()) {
                assertThat(spoken(h, 2)).extracting(MemoryTest::isOpen).containsExactly(false, true);
                h.ask();
                assertThat(h.call().request.messages()).hasSize(1);
            }
        }

        @Test
        void takesItsExchangeWithItAndAllBefore() {
            try (SessionHarness h =
                    new SessionHarness(SessionHarness.withVad(false, true), SessionLimits.DEFAULT, twoTurns).open()) {
                h.type("written first");
                h.speakTurn();
                h.ask();
                h.modelSays("The first answer.", 1000);
                h.modelEnds();
                h.speakTurn();
                h.speakTurn();
                h.ask();
                assertThat(h.call().request.messages())
                        .hasSize(2)
                        .allSatisfy(message -> assertThat(message).isInstanceOf(UserMessage.class));
            }
        }

        @Test
        void isToldInWordsWhereThereAreSome() {
            SessionSettings settings = SessionHarness.transcribed(SessionHarness.withVad(false, true));
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, twoTurns).open()) {
                h.speakTurn();
                h.transcriptions.get(0).listener.onCompleted("The first.", new TranscriptionUsage.Duration(1));
                for (int i = 1; i < 3; i++) {
                    h.speakTurn();
                    h.transcriptions.get(i).listener.onCompleted("Another.", new TranscriptionUsage.Duration(1));
                }
                h.ask();
                UserMessage first = (UserMessage) h.call().request.messages().get(0);
                assertThat(first.parts()).containsExactly(new TextPart("The first."));
            }
        }

        @Test
        void doesNotCountAmongTheTurnsThatAreToldAsSound() {
            MemorySettings lastAsSound = new MemorySettings(10_000, 1, 2 * TURN_BYTES);
            SessionSettings settings = SessionHarness.withVad(false, true);
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, lastAsSound).open()) {
                for (int i = 0; i < 3; i++) h.speakTurn(); // nobody writes the first down: it is forgotten
                h.command(new ClientCommand.SessionUpdate(null, SessionHarness.transcribed(h.session.settings())));
                h.speakTurn();
                h.transcriptions.get(0).listener.onCompleted("The last.", new TranscriptionUsage.Duration(1));
                h.ask();
                UserMessage last = (UserMessage) h.call().request.messages().get(1);
                assertThat(last.parts()).hasOnlyElementsOfType(AudioPart.class);
            }
        }

        @Test
        void isKeptWhileAModelReadsItAndNoLonger() {
            SessionSettings settings = SessionHarness.transcribed(SessionHarness.withVad(false, true));
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, twoTurns).open()) {
                List<AudioClip> clips = spoken(h, 4);
                assertThat(clips).allMatch(MemoryTest::isOpen); // nothing is written down yet
                h.transcriptions.forEach(
                        call -> call.listener.onCompleted("Words.", new TranscriptionUsage.Duration(1)));
                h.hearMillis(20);
                assertThat(clips).extracting(MemoryTest::isOpen).containsExactly(false, false, true, true);
            }
        }

        @Test
        void isKeptWhereTruncationIsDisabled() {
            SessionSettings settings = SessionHarness.withVad(false, true)
                    .withGeneration(new SessionSettings.Generation(null, null, null, Truncation.DISABLED));
            try (SessionHarness h = new SessionHarness(settings, SessionLimits.DEFAULT, twoTurns).open()) {
                assertThat(spoken(h, 4)).allMatch(MemoryTest::isOpen);
            }
        }

        @Test
        void ofADeletedItemIsGivenBackAtOnce() {
            try (SessionHarness h = new SessionHarness(SessionHarness.withVad(false, true)).open()) {
                AudioClip deleted = spoken(h, 1).get(0);
                h.command(new ClientCommand.ItemDelete(
                        null, h.last(ServerEvent.ItemDone.class).item().id()));
                assertThat(isOpen(deleted)).isFalse();
            }
        }

        @Test
        void isAllGivenBackAtTheEnd() {
            SessionHarness h = new SessionHarness(SessionHarness.withVad(false, true)).open();
            List<AudioClip> clips = spoken(h, 2);
            h.close();
            assertThat(clips).noneMatch(MemoryTest::isOpen);
        }

        /** @return the clips of all turns, as the client was told of them */
        private List<AudioClip> spoken(SessionHarness h, int turns) {
            for (int i = 0; i < turns; i++) h.speakTurn();
            return h.events.stream()
                    .filter(ServerEvent.ItemDone.class::isInstance)
                    .map(done -> ((Item.Message) ((ServerEvent.ItemDone) done).item())
                            .content()
                            .get(0))
                    .map(part -> Objects.requireNonNull(((ContentPart.InputAudio) part).clip()))
                    .toList();
        }
    }

    private static boolean isOpen(AudioClip clip) {
        try {
            return clip.toByteArray().length > 0;
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    private static void answered(SessionHarness h, String audioId, String words) {
        h.type("Well?");
        h.ask();
        h.call().reply.onAudioId(audioId);
        h.modelSays(words, 1000);
        h.call().reply.onAudioExpiry(SessionHarness.UNIX_SECONDS + 3600);
        h.modelEnds();
    }

    private static String lastAnswer(SessionHarness h) {
        return h.last(ServerEvent.OutputItemDone.class).item().id();
    }

    private static List<AssistantMessage> answers(SessionHarness h) {
        return h.call().request.messages().stream()
                .filter(ChatMessage.AssistantMessage.class::isInstance)
                .map(AssistantMessage.class::cast)
                .toList();
    }
}
