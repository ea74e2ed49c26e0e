package dev.antiphon.cascade;

import static dev.antiphon.cascade.CascadeHarness.BROKEN;
import static dev.antiphon.cascade.CascadeHarness.clip;
import static dev.antiphon.cascade.CascadeHarness.fault;
import static dev.antiphon.cascade.CascadeHarness.request;
import static dev.antiphon.cascade.CascadeHarness.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.cascade.CascadeHarness.FakeChat;
import dev.antiphon.cascade.CascadeHarness.FakeSpeech;
import dev.antiphon.cascade.CascadeHarness.FakeTranscription;
import dev.antiphon.cascade.CascadeSettings.Hearing;
import dev.antiphon.cascade.CascadeSettings.Thinking;
import dev.antiphon.metrics.Stage;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.SpeechRequest;
import dev.antiphon.upstream.UpstreamCalls;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class CascadeTest {
    private final CascadeHarness h = new CascadeHarness();
    private final Cascade cascade = h.cascade();

    @Test
    void aSpokenTurnFromTheClipToTheLastSample() {
        UpstreamCalls.Call call = h.start(cascade, request(new SystemMessage("Be kind."), user(clip(500))));
        assertThat(h.chats).isEmpty();
        h.transcriptions.get(0).completes(" How are you? ");
        assertThat(h.chat().asked()).isEqualTo("SystemMessage[text=Be kind.] | How are you?");
        assertThat(h.chat().request.speech()).isNull();
        assertThat(h.chat().request.model()).isEqualTo("text-model");

        h.chat().reads(to -> to.onStage(Stage.REQUEST_WRITTEN, 5));
        h.chat().writes("I am", " fine. And", " you");
        assertThat(h.spoken()).containsExactly("I am fine.");
        h.chat().writes("?");
        h.chat().completes();
        assertThat(h.spoken()).containsExactly("I am fine.", "And you?");
        h.speech(0).head("audio/pcm");
        h.speech(0).bytes(100);
        h.speech(0).completes();
        h.speech(1).bytes(50);
        h.speech(1).completes();
        assertThat(h.reply.take())
                .containsExactly(
                        "stage REQUEST_WRITTEN",
                        "words I am fine.",
                        "audio 100",
                        "words  And you?",
                        "audio 50",
                        "usage 7",
                        "finish STOP",
                        "completed");
        assertThat(h.open()).isZero();
        call.cancel();
    }

    @Nested
    class Dictating {
        @Test
        void clipsAreTranscribedTheNewestFirstAndAtOnce() {
            AudioClip older = clip(500);
            AudioClip newer = clip(600);
            h.start(cascade, request(user(older), user("look:", newer)));
            assertThat(h.transcriptions).extracting(each -> each.request.clip()).containsExactly(newer, older);
            assertThat(h.transcriptions.get(0).request.model()).isEqualTo("whisper");
            assertThat(h.transcriptions.get(0).request.language()).isEqualTo("en");
            h.transcriptions.get(0).completes("two");
            assertThat(h.chats).isEmpty();
            h.transcriptions.get(1).completes("one");
            assertThat(h.chat().asked()).isEqualTo("one | look:+two");
        }

        @Test
        void notMoreThanFourAtOnce() {
            h.start(cascade, request(user(clip(500), clip(501), clip(502), clip(503), clip(504), clip(505))));
            assertThat(h.transcriptions).hasSize(4);
            for (int i = 0; i < 6; i++) h.transcriptions.get(i).completes("clip " + i);
            assertThat(h.chat().asked()).isEqualTo("clip 5+clip 4+clip 3+clip 2+clip 1+clip 0");
        }

        @Test
        void noClipIsTranscribedTwiceInASession() {
            AudioClip first = clip(500);
            h.start(cascade, request(user(first)));
            h.transcriptions.get(0).completes("one");
            h.start(cascade, request(user(first), user("typed"), user(first)));
            assertThat(h.transcriptions).hasSize(1);
            assertThat(h.chat().asked()).isEqualTo("one | typed | one");
            h.start(cascade, request(user(clip(500))));
            assertThat(h.transcriptions).as("as long, but another clip").hasSize(2);
        }

        @Test
        void aClipTooShortForAWordIsNotSent() {
            h.start(cascade, request(user(clip(99))));
            assertThat(h.transcriptions).isEmpty();
            assertThat(h.chat().asked()).isEqualTo("(inaudible)");
        }

        @Test
        void silenceBesideTextIsLeftOut() {
            h.start(cascade, request(user("look", clip(500))));
            h.transcriptions.get(0).completes(" ");
            assertThat(h.chat().asked()).isEqualTo("look");
        }

        @Test
        void aFailedTranscriptionIsTheFaultOfTheTurn() {
            h.start(cascade, request(user(clip(500), clip(600))));
            h.transcriptions.get(1).fails(BROKEN);
            assertThat(h.reply.take()).containsExactly("fault broken retryable");
            assertThat(h.rings).isEqualTo(1);
            assertThat(h.open()).isZero();
            assertThat(h.chats).isEmpty();
        }

        @Test
        void anAnswerQuotedByItsAudioIdIsToldInWords() {
            h.start(
                    cascade,
                    request(
                            user("hi"),
                            new AssistantMessage("Hello.", "audio_1", List.of()),
                            new AssistantMessage(null, "audio_2", List.of()),
                            new AssistantMessage(null, "audio_3", List.of(new ToolCall("c", "f", "{}"))),
                            user("bye")));
            assertThat(h.chat().request.messages())
                    .containsExactly(
                            user("hi"),
                            new AssistantMessage("Hello.", null, List.of()),
                            new AssistantMessage(null, null, List.of(new ToolCall("c", "f", "{}"))),
                            user("bye"));
        }

        @Test
        void costsAreTold() {
            h.start(cascade, request(user(clip(500))));
            h.transcriptions.get(0).completes("one");
            h.chat().writes("**Well.**");
            h.chat().completes();
            assertThat(h.costs).hasSize(2).last().isEqualTo("tts 5");
            assertThat(h.costs.get(0)).startsWith("whisper ");
        }
    }

    @Nested
    class Speaking {
        @Test
        void theNextSentenceIsAskedForWhileTheFirstIsPlayedButNotTheOneAfter() {
            FakeChat chat = answering("One. Two. Three. Four.");
            assertThat(h.spoken()).containsExactly("One.", "Two.");
            h.speech(1).bytes(20);
            h.speech(1).completes();
            assertThat(h.reply.take()).as("the second waits for the first").isEmpty();
            h.speech(0).bytes(10);
            assertThat(h.reply.take()).containsExactly("words One.", "audio 10");
            h.speech(0).completes();
            assertThat(h.reply.take()).containsExactly("words  Two.", "audio 20");
            assertThat(h.spoken()).containsExactly("One.", "Two.", "Three.", "Four.");
            assertThat(chat.isOver).isTrue();
        }

        @Test
        void asTheSettingsSay() {
            answering("Well.");
            SpeechRequest request = h.speech(0).request;
            assertThat(request)
                    .isEqualTo(new SpeechRequest("tts", "Well.", "af_bella", "Softly.", SpeechRequest.Form.PCM));
            assertThat(CascadeHarness.SPEECH.voiceFor("coral")).isEqualTo("coral");
            SpeechSettings other = new SpeechSettings(
                    "tts", CascadeHarness.SPEECH.voices(), "af_sky", null, 1, SpeechSettings.Portions.DEFAULT);
            assertThat(other.voiceFor("coral")).isEqualTo("af_sky");
            assertThat(other.voiceFor("alloy")).isEqualTo("af_bella");
        }

        @Test
        void halfASampleWaitsForItsOtherHalf() {
            answering("Well.");
            h.speech(0).bytes(5);
            h.speech(0).bytes(1);
            h.speech(0).bytes(3);
            h.speech(0).completes();
            assertThat(h.reply.take())
                    .containsSubsequence("words Well.", "audio 4", "audio 2", "audio 2", "completed")
                    .hasSize(7);
        }

        @Test
        void whatCannotBePronouncedIsToldInItsPlace() {
            answering("One.\n```\ncode\n```\nTwo. 😀");
            assertThat(h.spoken()).containsExactly("One.", "Two.");
            h.speech(0).bytes(2);
            h.speech(0).completes();
            h.speech(1).bytes(2);
            h.speech(1).completes();
            assertThat(h.reply.take())
                    .startsWith(
                            "words One.",
                            "audio 2",
                            "words \n",
                            "words ```\ncode\n```\n",
                            "words Two.",
                            "audio 2",
                            "words  😀")
                    .endsWith("completed");
        }

        @Test
        void anAnswerWithoutAWordIsComplete() {
            answering();
            assertThat(h.reply.take()).containsExactly("usage 7", "finish STOP", "completed");
        }

        @Test
        void aRefusalIsSpoken() {
            h.start(cascade, request(user("hi")));
            h.chat().reads(to -> to.onRefusal("I cannot do that."));
            h.chat().completes();
            assertThat(h.spoken()).containsExactly("I cannot do that.");
        }

        @Test
        void aTextualTurnHasNoSpeech() {
            UpstreamCalls.Call call = h.start(cascade, request(user(clip(500))).withSpeech(null));
            h.transcriptions.get(0).completes("hi");
            h.chat().writes("One. ", "Two.");
            h.chat().completes();
            assertThat(h.speeches).isEmpty();
            assertThat(h.reply.take())
                    .containsExactly("text One. ", "text Two.", "finish STOP", "usage 7", "completed");
            call.resumeReads();
            assertThat(h.chat().resumes).isEqualTo(1);
        }

        @Test
        void guidanceStandsInFrontOfSpokenTurnsOnly() {
            Cascade guided = h.cascade(new CascadeSettings(
                    new Hearing("whisper", null, null), new Thinking(null, "Be brief."), CascadeHarness.SPEECH));
            h.start(guided, request(user("hi")));
            assertThat(h.chat().asked()).isEqualTo("SystemMessage[text=Be brief.] | hi");
            assertThat(h.chat().request.model()).isEqualTo("antiphon");
            h.start(guided, request(user("hi")).withSpeech(null));
            assertThat(h.chat().asked()).isEqualTo("hi");
        }
    }

    @Nested
    class Tools {
        @Test
        void callsWithoutWordsPassAtOnce() {
            h.start(cascade, request(user("hi")));
            h.chat().reads(to -> to.onToolCall(0, "c1", "f", ""));
            h.chat().reads(to -> to.onToolCall(0, null, null, "{}"));
            assertThat(h.reply.take()).containsExactly("call 0 c1 f ", "call 0 null null {}");
            h.chat().completes();
            assertThat(h.reply.take()).containsExactly("usage 7", "finish STOP", "completed");
        }

        @Test
        void callsBehindWordsWaitUntilTheWordsBegin() {
            h.start(cascade, request(user("hi")));
            h.chat().writes("Let me see");
            h.chat().reads(to -> to.onToolCall(0, "c1", "f", "{"));
            assertThat(h.spoken()).as("the words before a call are whole").containsExactly("Let me see");
            assertThat(h.reply.take()).isEmpty();
            h.speech(0).bytes(4);
            assertThat(h.reply.take()).containsExactly("words Let me see", "audio 4", "call 0 c1 f {");
            h.chat().reads(to -> to.onToolCall(0, null, null, "}"));
            assertThat(h.reply.take()).containsExactly("call 0 null null }");
            h.chat().completes();
            assertThat(h.reply.take()).isEmpty();
            h.speech(0).completes();
            assertThat(h.reply.take()).containsExactly("usage 7", "finish STOP", "completed");
        }
    }

    @Nested
    class Room {
        @Test
        void aFullInletHoldsSoundBackAndStopsTheReading() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two.");
            h.chat().completes();
            h.reply.roomBytes = 10;
            h.speech(0).bytes(10);
            h.speech(0).bytes(6);
            assertThat(h.speech(0).isPaused).isTrue();
            assertThat(h.reply.take()).containsExactly("words One.", "audio 10");
            h.reply.roomBytes = 100;
            call.resumeReads();
            assertThat(h.reply.take()).as("not from inside").isEmpty();
            h.runLater();
            assertThat(h.reply.take()).containsExactly("audio 6");
            assertThat(h.speech(0).isPaused).isFalse();
            h.speech(0).completes();
            h.speech(1).completes();
            assertThat(h.reply.take()).containsExactly("words  Two.", "usage 7", "finish STOP", "completed");
        }

        @Test
        void soundAheadOfItsTurnIsHeldUpToABound() {
            answering("One. Two.");
            FakeSpeech next = h.speech(1);
            next.bytes(Utterance.MOST_HELD_BYTES - 2);
            assertThat(next.isFull()).isFalse();
            next.bytes(2);
            assertThat(next.isFull()).isTrue();
            h.speech(0).completes();
            assertThat(next.resumes).isPositive();
            assertThat(next.isFull()).isFalse();
            next.completes();
        }

        @Test
        void wordsDoNotBeginWhereTheirSoundHasNoRoom() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two.");
            h.reply.isFull = true;
            h.speech(0).bytes(10);
            assertThat(h.reply.take()).isEmpty();
            h.reply.isFull = false;
            call.resumeReads();
            h.runLater();
            assertThat(h.reply.take()).containsExactly("words One.", "audio 10");
            call.cancel();
        }

        @Test
        void nothingIsScheduledWhereNobodyWaits() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One. ");
            call.resumeReads();
            assertThat(h.later).isEmpty();
            call.cancel();
        }

        @Test
        void textRunsAheadUpToABoundThenTheModelIsPaused() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("A sentence of some length. ".repeat(100));
            assertThat(h.chat().inlet.isFull()).isFalse();
            h.chat().writes("A sentence of some length. ".repeat(60));
            assertThat(h.chat().inlet.isFull()).isTrue();
            int resumes = h.chat().resumes;
            for (int i = 0; i < 20; i++) h.speech(i).completes();
            assertThat(h.chat().inlet.isFull()).isFalse();
            assertThat(h.chat().resumes).isGreaterThan(resumes);
            call.cancel();
            assertThat(h.open()).isZero();
        }
    }

    @Nested
    class Cancelling {
        @Test
        void endsTranscriptions() {
            UpstreamCalls.Call call = h.start(cascade, request(user(clip(500), clip(600))));
            FakeTranscription first = h.transcriptions.get(0);
            call.cancel();
            assertThat(h.open()).isZero();
            first.completes("late all the same");
            assertThat(h.chats).isEmpty();
        }

        @Test
        void endsTheChatAndAllSpeechAndDropsWhatIsHeld() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. Three.");
            h.speech(1).bytes(1_000);
            h.reply.roomBytes = 2;
            h.speech(0).bytes(2);
            h.speech(0).bytes(7);
            call.cancel();
            call.cancel();
            assertThat(h.open()).isZero();
            call.resumeReads();
            h.runLater();
        }

        @Test
        void overtakesWhatIsScheduled() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One.");
            h.chat().completes();
            h.reply.isFull = true;
            h.speech(0).bytes(10);
            h.speech(0).completes();
            h.reply.isFull = false;
            call.resumeReads();
            call.cancel();
            h.runLater();
            assertThat(h.reply.take()).isEmpty();
        }

        @Test
        void fromInsideTheBellIsPossible() {
            UpstreamCalls.Call call = h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. ");
            h.onRing = call::cancel;
            h.speech(0).bytes(10);
            assertThat(h.open()).isZero();
            assertThat(h.rings).isEqualTo(1);
        }
    }

    @Nested
    class Faults {
        @Test
        void ofTheChatBeforeAnythingWasToldEndTheTurnAtOnce() {
            h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. ");
            h.chat().fails(BROKEN);
            assertThat(h.reply.take()).containsExactly("fault broken retryable");
            assertThat(h.open()).isZero();
        }

        @Test
        void ofTheChatLaterComeBehindTheSentencesThatWereAskedFor() {
            h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. Three. Fo");
            h.speech(0).bytes(10);
            h.chat().fails(BROKEN);
            h.speech(0).completes();
            assertThat(h.spoken()).containsExactly("One.", "Two.");
            h.speech(1).bytes(20);
            h.speech(1).completes();
            assertThat(h.reply.take())
                    .containsExactly("words One.", "audio 10", "words  Two.", "audio 20", "fault broken");
        }

        @Test
        void ofSpeechBeforeAnythingWasToldEndTheTurnAtOnce() {
            h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. Th");
            h.speech(1).fails(BROKEN);
            assertThat(h.reply.take()).containsExactly("fault broken retryable");
            assertThat(h.open()).isZero();
        }

        @Test
        void ofSpeechLaterComeBehindTheSentencesBefore() {
            h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two. Three. ");
            h.speech(0).bytes(10);
            h.speech(1).bytes(6);
            h.speech(1).fails(BROKEN);
            assertThat(h.chat().isOver).as("nobody will hear the rest").isTrue();
            h.speech(0).bytes(4);
            h.speech(0).completes();
            assertThat(h.reply.take())
                    .containsExactly("words One.", "audio 10", "audio 4", "words  Two.", "audio 6", "fault broken");
            assertThat(h.spoken()).hasSize(2);
        }

        @Test
        void ofASpeechRequestThatCannotBeWritten() {
            h.refusesToWriteSpeech = true;
            h.start(cascade, request(user("hi")));
            h.chat().writes("One. Two");
            assertThat(h.reply.take()).containsExactly("fault the speech model cannot be asked for speech");
            assertThat(h.open()).isZero();
        }

        @Test
        void ofAWebPageInPlaceOfSpeech() {
            answering("One.");
            h.speech(0).head("text/html; charset=utf-8");
            h.speech(0).bytes(100);
            assertThat(h.reply.take())
                    .containsExactly("usage 7", "fault the speech is text/html (expected: pcm or wav)");
            assertThat(h.open()).isZero();
        }

        @Test
        void isNotRetryableOnceSomethingWasTold() {
            h.start(cascade, request(user("hi")));
            h.chat().reads(to -> to.onToolCall(0, "c", "f", "{}"));
            h.chat().fails(fault("later", true));
            assertThat(h.reply.take()).containsExactly("call 0 c f {}", "fault later");
        }
    }

    private FakeChat answering(String... deltas) {
        h.start(cascade, request(user("hi")));
        FakeChat chat = h.chat();
        chat.writes(deltas);
        chat.completes();
        return chat;
    }
}
