package dev.antiphon.session;

import static dev.antiphon.session.SessionHarness.FORMAT;
import static dev.antiphon.session.SessionHarness.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.AudioFormat.Encoding;
import dev.antiphon.audio.G711;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Pcm16;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.metrics.Stage;
import dev.antiphon.session.ClientCommand.InputAudioClear;
import dev.antiphon.session.ClientCommand.InputAudioCommit;
import dev.antiphon.session.ClientCommand.ItemTruncate;
import dev.antiphon.session.ClientCommand.ResponseCancel;
import dev.antiphon.session.ClientCommand.SessionUpdate;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client speaks and plays G.711, or plays faster or slower than the model speaks. */
@ExtendWith(NoBufferLeaks.class)
class SpokenFormatsTest {
    /** Ten words, 60 characters, in 1.2 s of the model's sound. */
    private static final String TEN_WORDS = "alpha bravo charl delta echos foxtr golfs hotel india julie.";

    private static final int ANSWER_MILLIS = 1_200;

    @Nested
    class TelephoneSpeech {
        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "PCM16")
        void aSpokenTurnGoesBothWays(Encoding law) {
            AudioFormat format = new AudioFormat(law, 8_000);
            try (SessionHarness h = vad(format, 1)) {
                byte[] codes = companded(law, tone(8_000, 1_500));
                h.detector.startAt(FORMAT.samplesInMillis(400));
                h.detector.stopAt(FORMAT.samplesInMillis(950));
                for (int from = 0; from < codes.length; from += 160) {
                    h.advanceMillis(20);
                    h.hear(Arrays.copyOfRange(codes, from, from + 160));
                }
                assertThat(h.last(ServerEvent.SpeechStarted.class).audioStartMillis())
                        .isEqualTo(100);
                assertThat(h.last(ServerEvent.SpeechStopped.class).audioEndMillis())
                        .isEqualTo(1_450);
                AudioClip heard = heardByTheModel(h);
                assertThat(heard.format()).isEqualTo(FORMAT);
                assertThat(heard.millis()).isEqualTo(1_350);
                assertThat(rmsDbfs(heard)).isCloseTo(rmsDbfs(clip(tone(24_000, 1_350))), within(0.2));

                h.newEvents();
                h.call().speak(tone(24_000, 500));
                h.modelEnds();
                assertThat(h.newEvents().subList(0, 6))
                        .containsExactly(
                                "OutputItemAdded",
                                "ItemAdded",
                                "ContentPartAdded",
                                "audio",
                                "audio",
                                "OutputAudioDone");
                byte[] sent = h.audioSent.toByteArray();
                assertThat(sent).hasSize(4_000);
                assertThat(rmsDbfs(AudioClip.of(8_000, expanded(law, sent))))
                        .isCloseTo(rmsDbfs(clip(tone(24_000, 500))), within(0.2));
            }
        }

        @Test
        void anyCountOfBytesIsWelcome() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 1)) {
                h.hear(new byte[801]);
                h.command(new InputAudioCommit(null));
                assertThat(h.newEvents()).doesNotContain("ErrorEvent").contains("InputAudioCommitted");
            }
        }

        @Test
        void halfASampleOfPcm16IsAnError() {
            try (SessionHarness h = pushToTalk(FORMAT, 1)) {
                h.hear(new byte[4_801]);
                assertThat(h.lastError().message()).startsWith("audio: 4801 bytes (expected: a multiple of 2");
            }
        }

        @ParameterizedTest
        @EnumSource(mode = Mode.EXCLUDE, names = "PCM16")
        void aHundredMillisecondsAreEnoughToCommitAndNoneOfThemIsLost(Encoding law) {
            try (SessionHarness h = pushToTalk(new AudioFormat(law, 8_000), 1)) {
                h.hear(new byte[799]);
                h.command(new InputAudioCommit("c1"));
                assertThat(h.lastError().code()).isEqualTo("input_audio_buffer_commit_empty");
                h.hear(new byte[1]);
                h.command(new InputAudioCommit("c2"));
                h.ask();
                assertThat(heardByTheModel(h).samples()).isEqualTo(2_400);
            }
        }

        @Test
        void whatWasClearedDoesNotReachTheNextTurn() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 1)) {
                h.hear(companded(Encoding.MULAW, tone(8_000, 300)));
                h.command(new InputAudioClear(null));
                byte[] silence = new byte[1_600];
                Arrays.fill(silence, (byte) 0xFF);
                h.hear(silence);
                h.command(new InputAudioCommit(null));
                h.ask();
                assertThat(heardByTheModel(h).samples()).isEqualTo(4_800);
                assertThat(rmsDbfs(heardByTheModel(h))).isEqualTo(Loudness.SILENCE_DBFS);
            }
        }

        @Test
        void anotherFormatAppliesToLaterAudioOnly() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 1)) {
                h.hear(new byte[1_600]);
                h.command(new SessionUpdate(
                        null, SessionHarness.withFormat(h.session.settings(), AudioFormat.PCM16_24KHZ, 1)));
                h.hear(new byte[9_600]);
                h.command(new InputAudioCommit(null));
                h.ask();
                long waited = 96; // of the resampler: 4 ms of the stream that was broken off
                assertThat(heardByTheModel(h).samples()).isEqualTo(4_800 - waited + 4_800);
            }
        }

        @Test
        void aResponseKeepsTheFormatItStartedWith() {
            try (SessionHarness h = pushToTalk(AudioFormat.ALAW_8KHZ, 1)) {
                h.ask();
                h.modelSays("One", 500);
                h.command(new SessionUpdate(null, SessionHarness.withFormat(h.session.settings(), FORMAT, 0.5)));
                h.modelSays(" two", 500);
                h.modelEnds();
                assertThat(h.audioBytesSent).isEqualTo(8_000);
            }
        }

        @Test
        void aFrameIsAtMostASecond() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 1)) {
                h.ask();
                h.newEvents();
                h.modelSays("", 2_500); // the harness looks at the size of each frame
                h.modelEnds();
                assertThat(h.newEvents().stream().filter("audio"::equals).count())
                        .isEqualTo(4); // and the last 4 ms
                assertThat(h.audioBytesSent).isEqualTo(20_000);
            }
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class TheLedgerCountsWhatTheClientPlays {
        Stream<Arguments> everyFormatAtEverySpeed() {
            return Stream.of(AudioFormat.PCM16_24KHZ, AudioFormat.MULAW_8KHZ, AudioFormat.ALAW_8KHZ)
                    .flatMap(format -> Stream.of(0.5, 1.0, 1.5).map(speed -> Arguments.of(format, speed)));
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void anAnswerIsSentWholeAndHeardWhole(AudioFormat format, double speed) {
            try (SessionHarness h = answered(format, speed)) {
                int playedMillis = (int) (ANSWER_MILLIS / speed);
                assertThat(h.audioBytesSent).isEqualTo(format.bytesOf(format.samplesInMillis(playedMillis)));
                h.advanceMillis(playedMillis);
                h.startSpeaking();
                assertThat(quoted(h)).isEqualTo(TEN_WORDS);
            }
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void truncateIsClampedToWhatTheClientCanHavePlayed(AudioFormat format, double speed) {
            try (SessionHarness h = answered(format, speed)) {
                truncate(h, 99_000);
                assertThat(h.last(ServerEvent.ItemTruncated.class).audioEndMillis())
                        .isEqualTo((int) (ANSWER_MILLIS / speed));
                assertThat(quoted(h)).isEqualTo(TEN_WORDS);
            }
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void truncateInTheClientsTimeKeepsTheWordsHeardByThen(AudioFormat format, double speed) {
            List<String> words = List.of(TEN_WORDS.split(" "));
            for (int heardWords = 1; heardWords < 10; heardWords++) {
                try (SessionHarness h = answered(format, speed)) {
                    h.startSpeaking();
                    // 60 characters in 1,200 ms: each word and its blank take 120 ms of the model's time
                    truncate(h, (int) Math.ceil(heardWords * 120 / speed));
                    assertThat(quoted(h)).isEqualTo(String.join(" ", words.subList(0, heardWords)));
                }
            }
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void aBargeInHearsWhatCanHaveBeenPlayedByThen(AudioFormat format, double speed) {
            try (SessionHarness h = answered(format, speed)) {
                h.advanceMillis((int) (ANSWER_MILLIS / speed) / 2 - 100 + 1);
                h.startSpeaking(); // takes 100 ms: half of the answer was played
                assertThat(quoted(h)).isEqualTo("alpha bravo charl delta echos");
            }
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void wordsThatCameAfterASoundAreMarkedWhereThatSoundEnds(AudioFormat format, double speed) {
            try (SessionHarness h = pushToTalk(format, speed)) {
                h.ask();
                h.modelSays("One", 600);
                h.modelSays(" two three four.", 600);
                h.modelEnds();
                // By its share of the characters "two" would be heard after 530 ms, but it came after 600.
                truncate(h, (int) (599 / speed));
                assertThat(quoted(h)).isEqualTo("One");
                truncate(h, (int) (600 / speed));
                assertThat(quoted(h)).isEqualTo("One two");
            }
        }

        @ParameterizedTest
        @ValueSource(doubles = {0.5, 1, 1.5})
        void whileTheModelSpeaksTheRestIsEstimatedAtTheSpeed(double speed) {
            try (SessionHarness h = vad(FORMAT, speed)) {
                h.ask();
                h.modelSays(TEN_WORDS, ANSWER_MILLIS);
                // 60 characters take the model 4 s; of those 800 ms are 12 characters
                h.advanceMillis((int) (800 / speed) - 100 + 1);
                h.startSpeaking();
                assertThat(quoted(h)).isEqualTo("alpha bravo");
            }
        }

        @ParameterizedTest(name = "{0} at speed {1}")
        @MethodSource("everyFormatAtEverySpeed")
        void whatTheClientNeverGotIsNotHeard(AudioFormat format, double speed) {
            try (SessionHarness h = pushToTalk(format, speed)) {
                h.ask();
                h.modelSays(TEN_WORDS, 600);
                h.writable = false;
                h.modelSays("", 600);
                long sent = h.audioBytesSent;
                h.command(new ResponseCancel(null, null));
                assertThat(h.audioBytesSent).as("nothing follows a cancel").isEqualTo(sent);
                h.writable = true;
                truncate(h, 99_000);
                long clientMillis = format.millisOf(format.samplesIn(sent));
                assertThat(h.last(ServerEvent.ItemTruncated.class).audioEndMillis())
                        .isEqualTo(clientMillis);
                assertThat(quoted(h)).isNotEqualTo(TEN_WORDS);
            }
        }

        @ParameterizedTest
        @ValueSource(doubles = {0.5, 1, 1.5})
        void theFirstAudibleSampleAndTheEndAreWhenTheClientPlaysThem(double speed) {
            try (SessionHarness h = pushToTalk(FORMAT, speed)) {
                h.ask();
                h.call().speak(new short[(int) FORMAT.samplesInMillis(300)]);
                h.call().speak(300);
                h.session.onReplyReadable(h.now);
                h.modelEnds();
                long audible = sinceTheQuestion(h, Stage.FIRST_AUDIBLE_SAMPLE);
                long played = sinceTheQuestion(h, Stage.PLAYED);
                assertThat(audible).isCloseTo((long) (0.3 * SECOND / speed), within(1_000L));
                assertThat(played).isCloseTo((long) (0.6 * SECOND / speed), within(1_000L));
            }
        }
    }

    @Nested
    class TheEndOfAReply {
        @Test
        void byAFaultSendsWhatTheModelHadSaid() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 0.5)) {
                h.ask();
                h.modelSays("One", 500);
                h.call()
                        .reply
                        .onFault(new UpstreamFault(
                                UpstreamFault.Kind.INVALID, 200, "server_error", null, null, "broken", false));
                h.session.onReplyReadable(h.now);
                assertThat(h.audioBytesSent).isEqualTo(8_000);
            }
        }

        @Test
        void waitsForASlowClientWithItsRest() {
            try (SessionHarness h = pushToTalk(AudioFormat.MULAW_8KHZ, 1.5)) {
                h.ask();
                h.modelSays("One", 600);
                h.writable = false;
                h.modelEnds();
                assertThat(h.audioBytesSent).isLessThan(3_200);
                h.writable = true;
                h.session.onClientWritable(h.now);
                assertThat(h.audioBytesSent).isEqualTo(3_200);
                assertThat(h.newEvents())
                        .endsWith(
                                "audio",
                                "OutputAudioDone",
                                "OutputAudioTranscriptDone",
                                "ContentPartDone",
                                "OutputItemDone",
                                "ItemDone",
                                "ResponseDone");
            }
        }

        @ParameterizedTest
        @ValueSource(doubles = {0.5, 1, 1.5})
        void theSameBytesAreSentHoweverTheModelCutsThem(double speed) {
            short[] speech = tone(24_000, 700);
            byte[] whole = sent(speed, speech);
            Random random = new Random(6);
            for (int run = 0; run < 20; run++) {
                int[] cuts = random.ints(12, 0, speech.length).sorted().toArray();
                assertThat(sent(speed, speech, cuts)).isEqualTo(whole);
            }
        }

        private byte[] sent(double speed, short[] speech, int... cuts) {
            try (SessionHarness h = pushToTalk(AudioFormat.ALAW_8KHZ, speed)) {
                h.ask();
                int from = 0;
                for (int cut : cuts) {
                    h.call().speak(Arrays.copyOfRange(speech, from, cut));
                    h.session.onReplyReadable(h.now);
                    from = cut;
                }
                h.call().speak(Arrays.copyOfRange(speech, from, speech.length));
                h.modelEnds();
                return h.audioSent.toByteArray();
            }
        }
    }

    private static long sinceTheQuestion(SessionHarness h, Stage stage) {
        return h.timelines.get(0).nanosBetween(Stage.TURN_DECIDED, stage).orElseThrow();
    }

    private static SessionHarness vad(AudioFormat format, double speed) {
        return new SessionHarness(SessionHarness.withFormat(SessionHarness.withVad(true, true), format, speed)).open();
    }

    private static SessionHarness pushToTalk(AudioFormat format, double speed) {
        return new SessionHarness(SessionHarness.withFormat(SessionHarness.pushToTalk(), format, speed)).open();
    }

    /** The whole answer is with a client that speaks PCM16 itself, so that the harness can speak for it. */
    private static SessionHarness answered(AudioFormat output, double speed) {
        SessionSettings settings = SessionHarness.withFormat(SessionHarness.withVad(true, true), output, speed);
        SessionHarness h = new SessionHarness(settings.withInput(
                        new SessionSettings.Input(FORMAT, settings.input().turnDetection())))
                .open();
        h.ask();
        h.modelSays(TEN_WORDS, ANSWER_MILLIS);
        h.modelEnds();
        return h;
    }

    private static void truncate(SessionHarness h, int audioEndMillis) {
        String itemId = h.last(ServerEvent.OutputItemAdded.class).item().id();
        h.command(new ItemTruncate(null, itemId, 0, audioEndMillis));
    }

    /** What the model is told that it said. */
    private static String quoted(SessionHarness h) {
        h.ask();
        String text = null;
        for (ChatMessage message : h.call().request.messages()) {
            if (message instanceof AssistantMessage assistant) text = assistant.text();
        }
        h.command(new ResponseCancel(null, null));
        return String.valueOf(text);
    }

    private static AudioClip heardByTheModel(SessionHarness h) {
        for (ServerEvent event : h.events) {
            if (event instanceof ServerEvent.ItemDone done
                    && done.item() instanceof Item.Message message
                    && message.content().get(0) instanceof ContentPart.InputAudio spoken) {
                return Objects.requireNonNull(spoken.clip());
            }
        }
        throw new AssertionError("nobody spoke");
    }

    private static short[] tone(int rateHz, int millis) {
        short[] tone = new short[rateHz * millis / (int) TimeUnit.SECONDS.toMillis(1)];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (short) Math.round(9_000 * Math.sin(2 * Math.PI * 440 * i / rateHz));
        }
        return tone;
    }

    private static AudioClip clip(short[] samples) {
        return Pcm16.clipOf(24_000, samples);
    }

    private static double rmsDbfs(AudioClip clip) {
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer();
        clip.appendTo(pcm);
        double level = Loudness.rmsDbfs(pcm);
        pcm.release();
        return level;
    }

    private static byte[] companded(Encoding law, short[] samples) {
        byte[] codes = new byte[samples.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = law == Encoding.MULAW ? G711.encodeMulaw(samples[i]) : G711.encodeAlaw(samples[i]);
        }
        return codes;
    }

    private static byte[] expanded(Encoding law, byte[] codes) {
        byte[] pcm = new byte[2 * codes.length];
        for (int i = 0; i < codes.length; i++) {
            short sample = law == Encoding.MULAW ? G711.decodeMulaw(codes[i]) : G711.decodeAlaw(codes[i]);
            pcm[2 * i] = (byte) sample;
            pcm[2 * i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }
}
