package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Resampler;
import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.RecordedGrammar;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Spoken answers of providers that nobody has recorded, put together by hand after their documentation and public source:
 * they show that we read what is written there, not that it is what they send. Each is read at every cut.
 */
@ExtendWith(NoBufferLeaks.class)
class DialectAnswersTest {
    private static final byte[] PCM = RecordedGrammar.speech(1_200);
    private static final String DONE = "data: [DONE]\n\n";

    @Nested
    class VllmOmni {
        @Test
        void soundStandsInTheContentOfItsModalityAndWordsInTheOther() {
            String stream = vllm("text", "\"Hi\"", "null")
                    + vllm("text", "\" \\\"there\\\"\\n\"", "\"stop\"")
                    + vllm("audio", quoted(wav(24_000, 1, part(0, 600))), "null")
                    + vllm("audio", quoted(wav(24_000, 1, part(600, 1_200))), "\"stop\"")
                    + DONE;
            RecordingReplyListener heard = everyCut(Dialect.VLLM, stream);
            assertThat(heard.calls)
                    .containsExactly(
                            "role assistant",
                            "transcript Hi",
                            "role assistant",
                            "transcript  \"there\"\n",
                            "finish STOP",
                            "role assistant",
                            "audio 600",
                            "role assistant",
                            "audio 600",
                            "completed");
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
        }

        @Test
        void theModalityMayStandBehindTheContent() {
            String stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":" + quoted(wav(24_000, 1, PCM))
                    + "}}],\"modality\":\"audio\"}\n\n" + "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}],"
                    + "\"modality\":\"text\"}\n\n" + DONE;
            RecordingReplyListener heard = everyCut(Dialect.VLLM, stream);
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
            assertThat(heard.transcript).hasToString("Hi");
        }

        @Test
        void theHeaderMayStandInTheFirstPieceAlone() {
            byte[] wav = wav(24_000, 1, PCM);
            String stream = vllm("audio", quoted(Arrays.copyOf(wav, 44)), "null")
                    + vllm("audio", quoted(part(0, 601)), "null")
                    + vllm("audio", quoted(part(601, 1_200)), "null")
                    + DONE;
            assertThat(everyCut(Dialect.VLLM, stream).pcm.toByteArray()).isEqualTo(PCM);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 3, 8, 12, 13, 30, 43})
        void theHeaderMayBeCut(int cut) {
            byte[] wav = wav(24_000, 1, PCM);
            String stream = vllm("audio", quoted(Arrays.copyOf(wav, cut)), "null")
                    + vllm("audio", quoted(Arrays.copyOfRange(wav, cut, wav.length)), "null")
                    + DONE;
            assertThat(decode(Dialect.VLLM, true, stream).pcm.toByteArray()).isEqualTo(PCM);
        }

        @Test
        void aHeaderThatNeverEndsIsInvalid() {
            String stream = vllm("audio", quoted(Arrays.copyOf(wav(24_000, 1, PCM), 30)), "null") + DONE;
            assertThat(everyCut(Dialect.VLLM, stream).calls)
                    .endsWith("fault INVALID the model's audio begins with a WAV header without an end");
        }

        /** Older builds say it on every piece, and the words end before the sound. */
        @Test
        void aFinishIsNotTheEndButTheStreamsEndIs() {
            RecordingReplyListener heard = new RecordingReplyListener();
            ReplyDecoder decoder = decoder(Dialect.VLLM, true, heard);
            feed(decoder, vllm("text", "\"Hi\"", "\"stop\""));
            assertThat(decoder.isComplete()).as("sound may follow").isFalse();
            feed(decoder, vllm("audio", quoted(wav(24_000, 1, PCM)), "\"stop\""));
            assertThat(decoder.isComplete()).isFalse();
            decoder.onEnd();
            assertThat(heard.completed).isTrue();
            assertThat(heard.pcm.size()).isEqualTo(PCM.length);
        }

        @Test
        void withoutAnyFinishItsEndIsTruncated() {
            RecordingReplyListener heard = new RecordingReplyListener();
            ReplyDecoder decoder = decoder(Dialect.VLLM, true, heard);
            feed(decoder, vllm("text", "\"Hi\"", "null"));
            decoder.onEnd();
            assertThat(Objects.requireNonNull(heard.fault).kind()).isEqualTo(UpstreamFault.Kind.TRUNCATED);
        }

        @Test
        void anyOtherModalityIsText() {
            String stream = vllm("audio", quoted(PCM), "null")
                    + vllm("image", "\"a\"", "null")
                    + "data: {\"modality\":null,\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n"
                    + vllm("audio", quoted(PCM), "null")
                    + "data: {\"choices\":[{\"delta\":{\"content\":\"c\"}}]}\n\n" + DONE;
            assertThat(everyCut(Dialect.VLLM, stream).transcript).hasToString("abc");
        }

        @Test
        void contentThatIsNoTextIsNothing() {
            String stream = vllm("text", "\"\"", "null")
                    + vllm("audio", "\"\"", "null")
                    + vllm("text", "null", "null")
                    + vllm("audio", "{\"a\":1}", "null")
                    + DONE;
            assertThat(everyCut(Dialect.VLLM, stream).calls)
                    .containsExactly(
                            "role assistant", "role assistant", "role assistant", "role assistant", "completed");
        }

        @Test
        void wordsWithABrokenEscapeAreABrokenEvent() {
            String stream = vllm("text", "\"no\\x\"", "null") + vllm("text", "\"yes\"", "null") + DONE;
            assertThat(everyCut(Dialect.VLLM, stream).transcript).hasToString("yes");
        }

        private String vllm(String modality, String content, String finishReason) {
            return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"modality\":\"" + modality
                    + "\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":" + content
                    + "},\"finish_reason\":" + finishReason + "}],\"usage\":null}\n\n";
        }
    }

    @Nested
    class SglangOmni {
        @Test
        void everyPieceIsAWavAndWordsStandInTheContent() {
            String stream = delta("{\"role\":\"assistant\",\"content\":\"Hi\"}")
                    + delta("{\"audio\":{\"id\":\"audio-1\",\"data\":" + quoted(wav(24_000, 1, part(0, 600))) + "}}")
                    + delta("{\"content\":\" there\"}")
                    + delta("{\"audio\":{\"id\":\"audio-1\",\"data\":" + quoted(wav(24_000, 1, part(600, 1_200)))
                            + "}}")
                    + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}\n\n" + DONE;
            RecordingReplyListener heard = everyCut(Dialect.SGLANG, stream);
            assertThat(heard.calls)
                    .containsExactly(
                            "role assistant",
                            "transcript Hi",
                            "id audio-1",
                            "audio 600",
                            "transcript  there",
                            "audio 600",
                            "usage 3",
                            "finish STOP",
                            "completed");
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
        }
    }

    @Nested
    class DashScope {
        @Test
        void soundIsHeaderlessThoughWavWasAskedForAndWordsStandInTheContent() {
            String stream = delta("{\"content\":\"\",\"role\":\"assistant\"}")
                    + delta("{\"content\":\"你好\"}")
                    + delta("{\"audio\":{\"expires_at\":1764000000,\"id\":\"audio_1\",\"data\":" + quoted(PCM) + "}}")
                    + delta("{\"audio\":{\"expires_at\":1764000000,\"id\":\"audio_1\"}}")
                    + choice("{\"content\":\"\"}", "\"stop\"")
                    + DONE;
            RecordingReplyListener heard = everyCut(Dialect.DASHSCOPE, stream);
            assertThat(heard.transcript).hasToString("你好");
            assertThat(heard.text).isEmpty();
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
            assertThat(heard.completed).isTrue();
        }

        @Test
        void wordsMayStandInTheTranscript() {
            String stream = delta("{\"audio\":{\"transcript\":\"Hi\"}}")
                    + delta("{\"audio\":{\"data\":" + quoted(PCM) + "}}")
                    + DONE;
            assertThat(everyCut(Dialect.DASHSCOPE_INTL, stream).transcript).hasToString("Hi");
        }

        @ParameterizedTest
        @ValueSource(strings = {"content", "transcript"})
        void wordsThatStandInBothPlacesAreToldOnce(String first) {
            String content = delta("{\"content\":\"Hi\"}");
            String transcript = delta("{\"audio\":{\"transcript\":\"Hi\"}}");
            String stream = (first.equals("content") ? content + transcript : transcript + content) + DONE;
            assertThat(everyCut(Dialect.DASHSCOPE, stream).calls).containsExactly("transcript Hi", "completed");
        }

        @Test
        void inAnAnswerAskedForInWritingContentIsText() {
            String stream = delta("{\"content\":\"Hi\"}") + DONE;
            assertThat(decode(Dialect.DASHSCOPE, false, stream).calls).containsExactly("text Hi", "completed");
        }
    }

    @Nested
    class StepFunAndMimo {
        @Test
        void stepFunSendsPcmAndItsWords() {
            String stream = delta("{\"role\":\"assistant\",\"content\":\"\"}")
                    + delta("{\"content\":\"Hi\",\"audio\":{\"id\":\"a\",\"data\":" + quoted(part(0, 601)) + "}}")
                    + delta("{\"audio\":{\"data\":" + quoted(part(601, 1_200)) + "}}")
                    + choice("{}", "\"stop\"")
                    + DONE;
            RecordingReplyListener heard = everyCut(Dialect.STEPFUN, stream);
            assertThat(heard.transcript).hasToString("Hi");
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
        }

        @Test
        void mimosAudioIdNeverExpires() {
            String stream = delta("{\"role\":\"assistant\",\"content\":null,\"audio\":{\"id\":\"a\",\"data\":"
                            + quoted(PCM) + ",\"expires_at\":null,\"transcript\":null}}")
                    + choice("{}", "\"stop\"")
                    + DONE;
            RecordingReplyListener heard = everyCut(Dialect.MIMO, stream);
            assertThat(heard.calls).containsExactly("role assistant", "id a", "audio 1200", "finish STOP", "completed");
            assertThat(heard.pcm.toByteArray()).isEqualTo(PCM);
        }
    }

    @Nested
    class OtherRates {
        @ParameterizedTest
        @ValueSource(ints = {8_000, 16_000, 22_050, 44_100, 48_000})
        void aWavOfAnotherRateIsHeardAt24Khz(int sampleRateHz) {
            String stream = pieces(wav(sampleRateHz, 1, PCM), 701) + DONE;
            assertThat(everyCut(Dialect.OPENAI, stream).pcm.toByteArray()).isEqualTo(resampled(sampleRateHz, PCM));
        }

        @Test
        void everyPieceMayBeAWavOfItsOwnAndTheSoundGoesOn() {
            String stream = audio(wav(16_000, 1, part(0, 602))) + audio(wav(16_000, 1, part(602, 1_200))) + DONE;
            assertThat(everyCut(Dialect.SGLANG, stream).pcm.toByteArray()).isEqualTo(resampled(16_000, PCM));
        }

        @Test
        void piecesWithoutAHeaderAreOfTheRateOfTheOneBefore() {
            byte[] wav = wav(16_000, 1, PCM);
            String stream = pieces(wav, 501) + DONE;
            assertThat(everyCut(Dialect.VLLM.derive("x", Map.of("audio-place", "audio-data")), stream)
                            .pcm
                            .toByteArray())
                    .isEqualTo(resampled(16_000, PCM));
        }

        @Test
        void halfASampleBeforeAnotherFileBelongsToNothing() {
            String stream = audio(wav(24_000, 1, part(0, 601))) + audio(wav(24_000, 1, part(600, 1_200))) + DONE;
            assertThat(everyCut(Dialect.SGLANG, stream).pcm.toByteArray()).isEqualTo(PCM);
        }

        @Test
        void theRateOfHeaderlessPcmIsTheDialects() {
            Dialect slow = Dialect.OPENAI.derive("slow", Map.of("sample-rate-hz", "8000"));
            String stream = pieces(PCM, 333) + DONE;
            assertThat(everyCut(slow, stream).pcm.toByteArray()).isEqualTo(resampled(8_000, PCM));
        }

        @Test
        void theRateAnEventSaysIsBelieved() {
            String stream =
                    delta("{\"audio\":{\"format\":\"pcm\",\"data\":" + quoted(PCM) + ",\"sample_rate\":16000}}") + DONE;
            assertThat(everyCut(Dialect.OPENAI, stream).pcm.toByteArray()).isEqualTo(resampled(16_000, PCM));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "24001", "96000", "4294991296"})
        void aRateNobodySpeaksInIsInvalid(String sampleRateHz) {
            String stream = delta("{\"audio\":{\"data\":\"AAAA\",\"sample_rate\":" + sampleRateHz + "}}") + DONE;
            assertThat(everyCut(Dialect.OPENAI, stream).calls)
                    .singleElement()
                    .asString()
                    .startsWith("fault INVALID the model's audio is of " + sampleRateHz + " Hz (expected: one of ");
        }

        @Test
        void bothChannelsAreHeardAsOne() {
            byte[] stereo = {10, 0, 20, 0, -10, -1, -12, -1, -1, 127, -1, 127, 0, -128, 0, -128};
            String stream = pieces(wav(24_000, 2, stereo), 47) + DONE;
            assertThat(everyCut(Dialect.OPENAI, stream).pcm.toByteArray())
                    .containsExactly(15, 0, -11, -1, -1, 127, 0, -128);
        }

        @Test
        void bothChannelsOfAnotherRateAreHeardAsOne() {
            byte[] stereo = new byte[2 * PCM.length];
            for (int i = 0; i < PCM.length; i += 2) {
                for (int j = 0; j < 4; j++) stereo[2 * i + j] = PCM[i + j % 2];
            }
            String stream = audio(wav(48_000, 2, stereo)) + DONE;
            assertThat(everyCut(Dialect.OPENAI, stream).pcm.toByteArray()).isEqualTo(resampled(48_000, PCM));
        }

        @Test
        void anotherRateInTheMiddleBeginsAnew() {
            String stream = audio(wav(16_000, 1, PCM)) + audio(wav(24_000, 1, PCM)) + audio(wav(48_000, 1, PCM)) + DONE;
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            expected.writeBytes(resampled(16_000, PCM));
            expected.writeBytes(PCM);
            expected.writeBytes(resampled(48_000, PCM));
            assertThat(everyCut(Dialect.OPENAI, stream).pcm.toByteArray()).isEqualTo(expected.toByteArray());
        }

        @Test
        void whatAFilterHoldsIsHeardBeforeTheLastWordAlsoWithoutDone() {
            String stream = audio(wav(16_000, 1, PCM)) + choice("{}", "\"stop\"");
            RecordingReplyListener heard = everyCut(Dialect.OPENAI, stream);
            assertThat(heard.pcm.toByteArray()).isEqualTo(resampled(16_000, PCM));
            assertThat(heard.calls).endsWith("completed");
        }

        private static byte[] resampled(int sampleRateHz, byte[] pcm) {
            return Resampler.resample(AudioClip.of(sampleRateHz, pcm), 24_000).toByteArray();
        }

        private static String pieces(byte[] sound, int pieceBytes) {
            StringBuilder stream = new StringBuilder();
            for (int at = 0; at < sound.length; at += pieceBytes) {
                stream.append(audio(Arrays.copyOfRange(sound, at, Math.min(sound.length, at + pieceBytes))));
            }
            return stream.toString();
        }
    }

    @Nested
    class NeverSpoken {
        @Test
        void whatAModelThinks() {
            String stream =
                    delta("{\"reasoning\":\"a\",\"reasoning_content\":\"b\",\"reasoning_details\":[{\"text\":\"c\"}]}")
                            + delta("{\"content\":\"Hi\"}")
                            + DONE;
            for (Dialect dialect : Dialect.KNOWN.values()) {
                RecordingReplyListener heard = decode(dialect, true, stream);
                assertThat(heard.transcript.toString() + heard.text)
                        .as(dialect.name())
                        .isEqualTo("Hi");
            }
        }

        @Test
        void miniMaxsHexadecimalSound() {
            String stream = delta("{\"content\":\"Hi\",\"audio_content\":\"fff3\"}") + DONE;
            assertThat(decode(Dialect.OPENAI, true, stream).calls).containsExactly("text Hi", "completed");
        }

        @ParameterizedTest
        @ValueSource(strings = {"OggS....", "fLaC....", "ID3....."})
        void whatIsNotPcm(String magic) {
            String sound = quoted(magic.getBytes(StandardCharsets.US_ASCII));
            String inAudio = delta("{\"audio\":{\"data\":" + sound + "}}");
            String inContent =
                    "data: {\"modality\":\"audio\",\"choices\":[{\"delta\":{\"content\":" + sound + "}}]}\n\n";
            for (Dialect dialect : List.of(Dialect.OPENROUTER, Dialect.VLLM)) {
                String stream = dialect.equals(Dialect.VLLM) ? inContent : inAudio;
                assertThat(decode(dialect, true, stream).calls)
                        .singleElement()
                        .asString()
                        .startsWith("fault INVALID the model's audio is ")
                        .endsWith(" (expected: pcm16)");
            }
        }
    }

    private static RecordingReplyListener everyCut(Dialect dialect, String stream) {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        RecordingReplyListener whole = decode(dialect, true, stream);
        assertThat(whole.isTerminated()).isTrue();
        for (int at = 0; at <= bytes.length; at++) {
            RecordingReplyListener cut = new RecordingReplyListener();
            ReplyDecoder decoder = decoder(dialect, true, cut);
            Cuts.at(at, bytes, at % 2 == 0 ? Cuts.Memory.HEAP : Cuts.Memory.DIRECT, decoder::onBody);
            decoder.onEnd();
            assertThat(cut.calls).isEqualTo(whole.calls);
            assertThat(cut.pcm.toByteArray()).isEqualTo(whole.pcm.toByteArray());
        }
        return whole;
    }

    private static RecordingReplyListener decode(Dialect dialect, boolean isAskedAloud, String stream) {
        RecordingReplyListener heard = new RecordingReplyListener();
        ReplyDecoder decoder = decoder(dialect, isAskedAloud, heard);
        feed(decoder, stream);
        decoder.onEnd();
        return heard;
    }

    private static ReplyDecoder decoder(Dialect dialect, boolean isAskedAloud, RecordingReplyListener heard) {
        ReplyDecoder decoder = new ReplyDecoder(1 << 20, dialect, isAskedAloud, heard);
        decoder.onHead(200, "text/event-stream");
        return decoder;
    }

    private static void feed(ReplyDecoder decoder, String stream) {
        Cuts.whole(stream.getBytes(StandardCharsets.UTF_8), Cuts.Memory.DIRECT, decoder::onBody);
    }

    private static String audio(byte[] sound) {
        return delta("{\"audio\":{\"data\":" + quoted(sound) + "}}");
    }

    private static String delta(String delta) {
        return choice(delta, "null");
    }

    private static String choice(String delta, String finishReason) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finishReason + "}]}\n\n";
    }

    private static byte[] wav(int sampleRateHz, int channels, byte[] pcm) {
        return Wavs.wav(sampleRateHz, channels, pcm);
    }

    private static byte[] part(int from, int to) {
        return Arrays.copyOfRange(PCM, from, to);
    }

    private static String quoted(byte[] sound) {
        return '"' + Base64.getEncoder().encodeToString(sound) + '"';
    }
}
