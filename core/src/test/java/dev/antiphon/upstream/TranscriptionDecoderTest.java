package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.TranscriptionUsage.Duration;
import dev.antiphon.upstream.TranscriptionUsage.Tokens;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class TranscriptionDecoderTest {
    private static final String DONE_USAGE = "{\"type\":\"tokens\",\"total_tokens\":27,\"input_tokens\":17,"
            + "\"input_token_details\":{\"text_tokens\":2,\"audio_tokens\":15},\"output_tokens\":10}";
    private static final String STREAM = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hé\"}\r\n\r\n"
            + "data: {\"type\":\"transcript.text.delta\",\"delta\":\"llo\",\"logprobs\":[{\"token\":\"llo\"}]}\r\n\r\n"
            + "data: {\"type\":\"transcript.text.done\",\"text\":\"Héllo.\",\"usage\":" + DONE_USAGE + "}\r\n\r\n"
            + "data: [DONE]\r\n\r\n";
    private static final String STREAM_USAGE =
            "Tokens[totalTokens=27, inputTokens=17, outputTokens=10, textTokens=2, audioTokens=15]";

    private RecordingTranscriptionListener heard = new RecordingTranscriptionListener();
    private TranscriptionDecoder decoder = decoder("gpt-4o-transcribe");

    @Nested
    class Stream {
        @Test
        void saysItsPiecesThenAllOfIt() {
            stream(STREAM);
            assertThat(heard.calls).containsExactly("delta Hé", "delta llo", "completed Héllo. " + STREAM_USAGE);
            assertThat(decoder.isTerminated()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void saysTheSameHoweverItIsCut(Cuts.Memory memory) {
            byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
            List<String> expected = List.of("delta Hé", "delta llo", "completed Héllo. " + STREAM_USAGE);
            for (int cut = 0; cut <= bytes.length; cut++) {
                int at = cut;
                assertThat(decode("text/event-stream", d -> Cuts.at(at, bytes, memory, d::onBody)))
                        .isEqualTo(expected);
            }
            assertThat(decode("text/event-stream", d -> Cuts.byteByByte(bytes, memory, d::onBody)))
                    .isEqualTo(expected);
        }

        @Test
        void isCompleteBeforeDoneIsSaid() {
            decoder.onHead(200, "text/event-stream; charset=utf-8");
            feed(STREAM.replace("data: [DONE]\r\n\r\n", ""));
            assertThat(decoder.isComplete()).isTrue();
            assertThat(decoder.isTerminated()).isFalse();
            decoder.onEnd();
            assertThat(heard.transcript).isEqualTo("Héllo.");
        }

        @Test
        void withoutItsEndIsTruncated() {
            stream("data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(fault().retryable()).isFalse();
        }

        @Test
        void withoutAnyWordMayBeAskedForAgain() {
            stream("data: [DONE]\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(fault().retryable()).isTrue();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "data: {\"error\":{\"message\":\"bad\",\"param\":\"file\"}}\n\n",
                    "event: error\ndata: {\"message\":\"bad\",\"param\":\"file\"}\n\n",
                    "data: {\"type\":\"error\",\"error\":{\"message\":\"bad\",\"param\":\"file\"}}\n\n",
                })
        void anErrorWithinItIsReported(String event) {
            stream("data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\n" + event + STREAM);
            assertThat(fault().kind()).isEqualTo(Kind.REPORTED);
            assertThat(fault().message()).isEqualTo("bad");
            assertThat(fault().param()).isEqualTo("file");
            assertThat(fault().retryable()).isFalse();
        }

        @Test
        void brokenJsonIsForgivenOnce() {
            stream("data: {\"type\"\n\n" + STREAM);
            assertThat(heard.transcript).isEqualTo("Héllo.");
            again();
            stream("data: {\"type\"\n\ndata: []\n\n" + STREAM);
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @Test
        void anEndWithoutTheTranscriptIsNone() {
            stream("data: {\"type\":\"transcript.text.done\"}\n\ndata: [DONE]\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
        }

        @Test
        void nothingIsSaidTwice() {
            stream("data: {\"type\":\"transcript.text.done\",\"text\":\"a\"}\n\n" + STREAM);
            assertThat(heard.calls).containsExactly("completed a " + TranscriptionUsage.NONE);
        }

        @Test
        void anEmptyTranscriptIsOne() {
            stream("data: {\"type\":\"transcript.text.done\",\"text\":\"\"}\n\ndata: [DONE]\n\n");
            assertThat(heard.transcript).isEmpty();
        }

        @Test
        void anEventOverTheLimitEndsIt() {
            stream("data: {\"type\":\"transcript.text.delta\",\"delta\":\"" + "x".repeat(100_000) + "\"}\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }
    }

    @Nested
    class Document {
        @Test
        void aStreamThatWasAskedForMayComeAsADocument() {
            document("{\"text\":\"Hello.\",\"usage\":{\"type\":\"duration\",\"seconds\":2}}");
            assertThat(heard.calls).containsExactly("completed Hello. Duration[seconds=2.0]");
        }

        @Test
        void saysTheSameHoweverItIsCut() {
            byte[] bytes = ("{\"text\":\"Héllo.\",\"usage\":" + DONE_USAGE + "}").getBytes(StandardCharsets.UTF_8);
            for (int cut = 0; cut <= bytes.length; cut++) {
                int at = cut;
                assertThat(decode("application/json", d -> Cuts.at(at, bytes, Cuts.Memory.DIRECT, d::onBody)))
                        .containsExactly("completed Héllo. " + STREAM_USAGE);
            }
        }

        @Test
        void aModelThatDoesNotStreamNeedsNoContentType() {
            decoder = decoder("whisper-1");
            decoder.onHead(200, null);
            feed("{\"text\":\"Hello.\"}");
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("completed Hello. " + TranscriptionUsage.NONE);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "{", "[]", "{}", "{\"text\":null}", "{\"text\":\"a\"} {}", "Hello."})
        void anythingElseIsInvalid(String body) {
            document(body);
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @Test
        void anErrorWithStatus200IsReported() {
            document("{\"error\":{\"message\":\"bad\"},\"text\":\"a\"}");
            assertThat(fault().kind()).isEqualTo(Kind.REPORTED);
        }

        @Test
        void plainTextWasNotAskedFor() {
            decoder = decoder("whisper-1");
            decoder.onHead(200, "text/plain; charset=utf-8");
            feed("Hello.\n");
            decoder.onEnd();
            assertThat(fault().message()).isEqualTo("the model answered with text/plain (expected: application/json)");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{`type`:`duration`,`seconds`:1.5} | Duration[seconds=1.5]",
                    "{`type`:`duration`,`seconds`:1e999} | NONE",
                    "{`type`:`duration`,`seconds`:-1} | NONE",
                    "{`type`:`duration`,`seconds`:`2`} | NONE",
                    "{`input_tokens`:17,`output_tokens`:3} | Tokens[totalTokens=20, inputTokens=17, outputTokens=3, textTokens=17, audioTokens=0]",
                    "{`total_tokens`:9,`input_tokens`:5,`input_token_details`:{`audio_tokens`:4}} | Tokens[totalTokens=9, inputTokens=5, outputTokens=0, textTokens=1, audioTokens=4]",
                    "{`total_tokens`:99999999999,`input_token_details`:[1]} | Tokens[totalTokens=1073741823, inputTokens=0, outputTokens=0, textTokens=0, audioTokens=0]",
                    "{`total_tokens`:-5} | NONE",
                    "[] | NONE",
                    "null | NONE",
                })
        void everyShapeOfUsageIsRead(String usage, String expected) {
            document("{\"text\":\"\",\"usage\":" + usage.replace('`', '"') + "}");
            assertThat(heard.usage)
                    .hasToString(expected.equals("NONE") ? TranscriptionUsage.NONE.toString() : expected);
        }
    }

    @Nested
    class Refusal {
        @Test
        void namesWhatItComplainsOf() throws IOException {
            byte[] body = Files.readAllBytes(SharedFiles.require("fixtures/errors/openai-transcription-400.json"));
            decoder.onHead(400, "application/json");
            Cuts.byteByByte(body, Cuts.Memory.DIRECT, decoder::onBody);
            decoder.onEnd();
            assertThat(fault())
                    .isEqualTo(new UpstreamFault(
                            Kind.REFUSED,
                            400,
                            "invalid_request_error",
                            "invalid_language_format",
                            "language",
                            "Invalid language 'this should cause an error'. Language parameter must be specified in"
                                    + " ISO-639-1 format.",
                            false));
        }

        @Test
        void anEndBeforeTheHeadIsTruncated() {
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
        }
    }

    @Nested
    class Recorded {
        @Test
        void aStreamSaysItsText() throws IOException {
            List<String> calls = recorded("transcription-stream.sse", "text/event-stream; charset=utf-8");
            assertThat(calls)
                    .containsExactly(
                            "delta Hello",
                            "delta  world",
                            "delta ,",
                            "delta  this",
                            "delta  is",
                            "delta  a",
                            "delta  test",
                            "delta .",
                            "completed Hello world, this is a test. " + new Tokens(27, 17, 10, 0, 17));
        }

        @Test
        void aStreamThatTellsSpeakersApartSaysItsText() throws IOException {
            assertThat(recorded("transcription-stream-diarized.sse", "text/event-stream"))
                    .containsExactly(
                            "completed Thanks for calling OpenAI Support. Hi, I'm trying to enable diarization."
                                    + " Happy to walk you through the steps. " + new Tokens(288, 64, 224, 0, 64));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "transcription-json.json | Hello, world! This is a test. | 2",
                    "transcription-verbose_json.json | Hello, world! This is a test. | 2",
                    "transcription-verbose_json-word+segment.json | Hello world, this is a test. | 2",
                })
        void aDocumentOfWhisperSaysItsTextAndSeconds(String file, String text, double seconds) throws IOException {
            assertThat(recorded(file, "application/json"))
                    .containsExactly("completed " + text + " " + new Duration(seconds));
        }

        @Test
        void aDocumentOfALaterModelSaysItsTextAndTokens() throws IOException {
            assertThat(recorded("transcription-usage-gpt-4o-mini.json", "application/json"))
                    .containsExactly("completed Hello, world, this is a test. " + new Tokens(28, 17, 11, 0, 17));
        }

        private List<String> recorded(String file, String contentType) throws IOException {
            byte[] bytes = Files.readAllBytes(SharedFiles.require("fixtures/openai-audio-endpoints/" + file));
            List<String> whole = decode(contentType, d -> Cuts.whole(bytes, Cuts.Memory.HEAP, d::onBody));
            assertThat(decode(contentType, d -> Cuts.byteByByte(bytes, Cuts.Memory.DIRECT, d::onBody)))
                    .isEqualTo(whole);
            for (int seed = 0; seed < 50; seed++) {
                Random random = new Random(seed);
                assertThat(decode(contentType, d -> Cuts.random(random, 40, bytes, d::onBody)))
                        .isEqualTo(whole);
            }
            return whole;
        }
    }

    @Test
    void noBytesBringItOutOfStep() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 1 + seed % 5; i++) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            List<String> calls = decode(
                    seed % 2 == 0 ? "text/event-stream" : "application/json",
                    d -> Cuts.random(random, 30, bytes, d::onBody));
            assertThat(calls).isNotEmpty();
            assertThat(calls.get(calls.size() - 1)).matches("(?s)(completed|fault) .*");
        }
    }

    private List<String> decode(String contentType, BodyFeed body) {
        again();
        decoder.onHead(200, contentType);
        body.accept(decoder);
        decoder.onEnd();
        return heard.calls;
    }

    private interface BodyFeed {
        void accept(TranscriptionDecoder decoder);
    }

    private void again() {
        heard = new RecordingTranscriptionListener();
        decoder = decoder("gpt-4o-transcribe");
    }

    private TranscriptionDecoder decoder(String model) {
        AudioClip clip = AudioClip.of(24_000, new byte[2]);
        return new TranscriptionDecoder(50_000, new TranscriptionRequest(model, clip, null, null), heard);
    }

    private void stream(String body) {
        answer("text/event-stream", body);
    }

    private void document(String body) {
        answer("application/json", body);
    }

    private void answer(@Nullable String contentType, String body) {
        decoder.onHead(200, contentType);
        feed(body);
        decoder.onEnd();
    }

    private void feed(String body) {
        Cuts.whole(body.getBytes(StandardCharsets.UTF_8), Cuts.Memory.DIRECT, decoder::onBody);
    }

    private UpstreamFault fault() {
        UpstreamFault fault = heard.fault;
        if (fault == null) throw new AssertionError("no fault: " + heard.calls);
        return fault;
    }
}
