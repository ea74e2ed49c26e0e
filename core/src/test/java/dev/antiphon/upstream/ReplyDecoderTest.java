package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.RecordedGrammar;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class ReplyDecoderTest {
    private static final int MAX_EVENT_BYTES = 100_000;

    private final RecordingReplyListener heard = new RecordingReplyListener();
    private final ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);

    @Nested
    class Completion {
        @Test
        void doneCompletes() {
            stream("data: [DONE]\n\n");
            assertThat(heard.calls).containsExactly("completed");
        }

        @Test
        void doneCompletesWithoutALineEndWhenTheBodyEnds() {
            stream(content("hi") + "data: [DONE]");
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("text hi", "completed");
        }

        @Test
        void aFinishReasonCompletesWhenTheBodyEnds() {
            stream(content("hi") + choice("{}", "\"length\""));
            assertThat(decoder.isComplete()).isTrue();
            assertThat(decoder.isTerminated()).isFalse();
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("text hi", "finish LENGTH", "completed");
        }

        @Test
        void theLoneExpiryCompletesWhenTheBodyEnds() {
            stream(delta("{\"audio\":{\"transcript\":\"hi\"}}") + delta("{\"audio\":{\"expires_at\":7}}"));
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("transcript hi", "expiry 7", "completed");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"audio\":{\"id\":\"a\",\"expires_at\":7}}",
                    "{\"audio\":{\"transcript\":\"t\",\"expires_at\":7}}",
                    "{\"audio\":{\"data\":\"AAAA\",\"expires_at\":7}}",
                    "{\"audio\":{\"expires_at\":null}}",
                })
        void anExpiryBesideOtherThingsOrNoneDoesNotComplete(String delta) {
            stream(delta(delta));
            assertThat(decoder.isComplete()).isFalse();
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
        }

        @Test
        void theEndWithoutAnyOfTheseIsTruncated() {
            stream(content("hi"));
            decoder.onEnd();
            assertThat(heard.text).hasToString("hi");
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(fault().retryable()).as("something was said").isFalse();
        }

        @Test
        void aStreamThatSaidNothingMayBeAskedAgain() {
            stream(": ping\n\n" + delta("{\"role\":\"assistant\"}"));
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(fault().retryable()).isTrue();
        }

        @Test
        void usageDoesNotComplete() {
            stream("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n");
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
        }

        @Test
        void nothingIsHeardAfterDone() {
            stream("data: [DONE]\n\n" + content("late") + "data: {\"error\":\"late\"}\n\ndata: [DONE]\n\n");
            decoder.onBody(io.netty.buffer.Unpooled.EMPTY_BUFFER);
            decoder.onEnd();
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("completed");
        }

        @Test
        void theConnectionThatEndsBeforeTheHeadIsTruncated() {
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
            assertThat(fault().httpStatus()).isZero();
        }

        @Test
        void aCutInsideAnEventDropsItAndKeepsWhatCameBefore() {
            byte[] pcm = RecordedGrammar.speech(48_000);
            byte[] stream = RecordedGrammar.stream(pcm, List.of("Well", " then"));
            for (int at = 0; at < stream.length - 20; at += 997) {
                RecordingReplyListener cut = new RecordingReplyListener();
                ReplyDecoder cutDecoder = new ReplyDecoder(MAX_EVENT_BYTES, cut);
                cutDecoder.onHead(200, "text/event-stream");
                byte[] begin = Arrays.copyOf(stream, at);
                Cuts.whole(begin, Cuts.Memory.DIRECT, cutDecoder::onBody);
                cutDecoder.onEnd();
                assertThat(cut.isTerminated()).isTrue();
                assertThat(cut.pcm.toByteArray()).isEqualTo(Arrays.copyOf(pcm, cut.pcm.size()));
                if (cut.expiresAt == null) assertThat(cut.fault).isNotNull();
            }
        }
    }

    @Nested
    class GeneratedStream {
        private static final List<String> WORDS =
                List.of("Well", ",", " here", " we", " are", " – naïve", " and", " done", ".");

        @Test
        void isHeardAsItWasMadeHoweverItIsCut() {
            byte[] pcm = RecordedGrammar.speech(2 * 19_200 + 7_200);
            byte[] stream = RecordedGrammar.stream(pcm, WORDS);
            RecordingReplyListener whole = decode(stream, stream.length);
            assertThat(whole.completed).isTrue();
            assertThat(whole.transcript).hasToString(String.join("", WORDS));
            assertThat(whole.pcm.toByteArray()).isEqualTo(pcm);
            assertThat(whole.pcmSizes).containsExactly(19_200, 19_200, 7_200);
            assertThat(whole.ticks).isEqualTo(RecordedGrammar.audioTokens(pcm.length) + 1);
            assertThat(whole.audioIds).containsExactly(RecordedGrammar.AUDIO_ID);
            assertThat(whole.expiresAt).isEqualTo(RecordedGrammar.EXPIRES_AT_UNIX_SECONDS);
            assertThat(whole.usage)
                    .isEqualTo(new Usage(new Usage.Input(43, 18, 25, 0, 0), new Usage.Output(28, 9, 19, 0), 71));
            for (int pieceBytes : new int[] {1, 2, 3, 7, 1_448, 16_384}) {
                assertThat(decode(stream, pieceBytes).calls).isEqualTo(whole.calls);
            }
        }

        @Test
        void isHeardTheSameAtEveryCut() {
            byte[] stream = RecordedGrammar.stream(RecordedGrammar.speech(300), WORDS);
            List<String> whole = decode(stream, stream.length).calls;
            for (int at = 0; at <= stream.length; at++) {
                RecordingReplyListener cut = new RecordingReplyListener();
                ReplyDecoder cutDecoder = new ReplyDecoder(MAX_EVENT_BYTES, cut);
                cutDecoder.onHead(200, "text/event-stream");
                Cuts.at(at, stream, at % 2 == 0 ? Cuts.Memory.HEAP : Cuts.Memory.DIRECT, cutDecoder::onBody);
                assertThat(cut.calls).isEqualTo(whole);
            }
        }

        private RecordingReplyListener decode(byte[] stream, int pieceBytes) {
            RecordingReplyListener listener = new RecordingReplyListener();
            ReplyDecoder fresh = new ReplyDecoder(MAX_EVENT_BYTES, listener);
            fresh.onHead(200, "text/event-stream");
            Cuts.every(pieceBytes, stream, Cuts.Memory.DIRECT, fresh::onBody);
            return listener;
        }
    }

    @Nested
    class Head {
        @ParameterizedTest
        @ValueSource(strings = {"text/event-stream", "Text/Event-Stream; Charset=UTF-8; x=y", "text/event-stream;"})
        void anEventStreamIsReadByAnyOfItsNames(String contentType) {
            decoder.onHead(200, contentType);
            body(content("hi"));
            assertThat(heard.calls).containsExactly("text hi");
        }

        @Test
        void noContentTypeIsTakenForWhatWasAskedFor() {
            decoder.onHead(200, null);
            body(content("hi"));
            assertThat(heard.calls).containsExactly("text hi");
        }

        @ParameterizedTest
        @ValueSource(strings = {"text/html", "x bogus", "text/x-bogus", "text/plain", ""})
        void anythingElseIsInvalid(String contentType) {
            decoder.onHead(200, contentType);
            body("<html>data: x\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @ParameterizedTest
        @ValueSource(ints = {201, 204, 205, 210, 299})
        void anotherSuccessIsInvalid(int httpStatus) {
            decoder.onHead(httpStatus, "text/event-stream");
            body("data: data\n\n");
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
            assertThat(fault().httpStatus()).isEqualTo(httpStatus);
        }

        @ParameterizedTest
        @ValueSource(ints = {307, 404, 410, 503})
        void aStatusFrom300RefusesEvenAnEventStream(int httpStatus) {
            decoder.onHead(httpStatus, "text/event-stream");
            body("data: data\n\n");
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.REFUSED);
            assertThat(fault().message()).isEqualTo("the model's server answered with status " + httpStatus);
        }
    }

    @Nested
    class Document {
        @Test
        void anErrorWithStatus200IsReported() {
            document("{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\",\"code\":null}}");
            assertThat(fault())
                    .isEqualTo(
                            new UpstreamFault(Kind.REPORTED, 200, "invalid_request_error", null, null, "bad", false));
        }

        @Test
        void anAnswerThatIsNotStreamedIsHeardAsOne() {
            String wav = Base64.getEncoder().encodeToString(wav(new byte[] {1, 2, 3, 4}));
            document(
                    "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                            + "\"audio\":{\"id\":\"audio_1\",\"data\":\"" + wav
                            + "\",\"expires_at\":9,\"transcript\":\"Hi.\"}},"
                            + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3,\"total_tokens\":5}}");
            assertThat(heard.calls)
                    .containsExactly(
                            "role assistant",
                            "id audio_1",
                            "transcript Hi.",
                            "audio 4",
                            "usage 5",
                            "expiry 9",
                            "finish STOP",
                            "completed");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "{}", "{\"choices\":[", "[]", "null", "{\"a\":1}{\"b\":2}", "\"text\""})
        void otherJsonIsInvalid(String body) {
            document(body);
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @Test
        void moreThanAnEventMayHoldIsInvalidAtOnce() {
            decoder.onHead(200, "application/json");
            body("{\"a\":\"" + "x".repeat(MAX_EVENT_BYTES));
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        private void document(String json) {
            decoder.onHead(200, "application/json; charset=utf-8");
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            Cuts.byteByByte(bytes, Cuts.Memory.DIRECT, decoder::onBody);
            decoder.onEnd();
        }
    }

    @Nested
    class Refusal {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "400 | {`error`:{`message`:`m`,`type`:`t`,`param`:null,`code`:`c`}} | t | c | m | false",
                    "404 | {`error`:{`code`:`DeploymentNotFound`,`message`:`m`}} | invalid_request_error | DeploymentNotFound | m | false",
                    "429 | {`error`:{`message`:`m`,`type`:`requests`,`code`:`rate_limit_exceeded`}} | requests | rate_limit_exceeded | m | true",
                    "429 | {`error`:{`message`:`m`,`type`:`insufficient_quota`,`code`:`insufficient_quota`}} | insufficient_quota | insufficient_quota | m | false",
                    "402 | {`error`:{`message`:`m`,`code`:402,`metadata`:{`message`:`no`,`code`:1}}} | invalid_request_error | 402 | m | false",
                    "500 | {`error`:`m`} | server_error | NULL | m | true",
                    "422 | {`detail`:`m`} | invalid_request_error | NULL | m | false",
                    "422 | {`detail`:[{`loc`:[`body`,1],`msg`:`m`,`type`:`missing`},{`msg`:`n`}]} | invalid_request_error | NULL | m | false",
                    "422 | {`detail`:[1,[2],{`msg`:`n`}],`message`:`m`} | invalid_request_error | NULL | m | false",
                    "400 | {`object`:`error`,`message`:`m`,`type`:`BadRequestError`,`param`:null,`code`:400} | BadRequestError | 400 | m | false",
                    "401 | {`statusCode`:401,`message`:`m`} | invalid_request_error | NULL | m | false",
                    "400 | [{`error`:{`code`:400,`message`:`m`,`status`:`INVALID_ARGUMENT`}}] | invalid_request_error | 400 | m | false",
                    "408 | {`error`:{`message`:`m`}} | invalid_request_error | NULL | m | true",
                    "409 | {`error`:{`message`:`m`}} | invalid_request_error | NULL | m | true",
                    "400 | {`error`:{`message`:`m`,`type`:null,`param`:null,`code`:`content_filter`,`status`:400,`innererror`:{`code`:`ResponsibleAIPolicyViolation`,`message`:`no`,`content_filter_result`:{`hate`:{`filtered`:true,`severity`:`high`}}}}} | invalid_request_error | content_filter | m | false",
                    "401 | {`error`:{`code`:`401`,`message`:`m`}} | invalid_request_error | 401 | m | false",
                    "400 | {`error`:{`code`:`https://x.example/y`,`type`:`see api.openai.com`,`message`:`m`}} | see *** | *** | m | false",
                    "400 | {`error`:{`code`:`OperationNotSupportedByThisDeployment`,`message`:`m`}} | invalid_request_error | OperationNotSupportedByThisDeployment | m | false",
                    "503 | {`error`:{`message`:`m`,`code`:`x`},`usage`:{`message`:`no`}} | server_error | x | m | true",
                    "500 | {`error`:{`message`:`m`,`type`:`t`, | t | NULL | m | true",
                    "502 | <html>{`message`:`no`}</html> | server_error | NULL | the model's server answered with status 502 | true",
                    "403 | {`error`:{}} | invalid_request_error | NULL | the model's server answered with status 403 | false",
                    "403 | [] | invalid_request_error | NULL | the model's server answered with status 403 | false",
                })
        void everyShapeOfErrorBodyIsRead(
                int httpStatus, String body, String type, String code, String message, boolean retryable) {
            decoder.onHead(httpStatus, "application/json");
            Cuts.byteByByte(body.replace('`', '"').getBytes(StandardCharsets.UTF_8), Cuts.Memory.HEAP, decoder::onBody);
            decoder.onEnd();
            assertThat(fault())
                    .isEqualTo(new UpstreamFault(
                            Kind.REFUSED,
                            httpStatus,
                            type,
                            code.equals("NULL") ? null : code,
                            null,
                            message,
                            retryable));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                nullValues = "NULL",
                value = {
                    "{`error`:{`param`:`content.messages[2].audio.id`,`code`:`audio_not_found`}} | content.messages[2].audio.id",
                    "{`error`:{`message`:`m`,`param`:null}} | NULL",
                    "{`error`:{`message`:`m`,`param`:{`name`:`x`}}} | NULL",
                    "{`error`:{`message`:`m`},`usage`:{`param`:`no`}} | NULL",
                    "{`object`:`error`,`message`:`m`,`param`:`model`} | model",
                    "{`error`:{`code`:`content_filter`,`param`:`prompt`,`innererror`:{`param`:`no`}}} | prompt",
                    "{`error`:{`param`:`key sk-abcdefghijklmnop`}} | key ***",
                })
        void whatTheProviderComplainsOfIsNamed(String body, String param) {
            decoder.onHead(400, "application/json");
            body(body.replace('`', '"'));
            decoder.onEnd();
            assertThat(fault().param()).isEqualTo(param);
        }

        @Test
        void anErrorWithinTheStreamNamesItsParamToo() {
            decoder.onHead(200, "text/event-stream");
            body("data: {\"error\":{\"message\":\"m\",\"param\":\"voice\"}}\n\n");
            assertThat(fault().param()).isEqualTo("voice");
        }

        @Test
        void aHugeBodyIsCutAndStillRead() {
            decoder.onHead(500, "application/json");
            body("{\"error\":{\"message\":\"m\",\"trace\":\"" + "x".repeat(1_000_000) + "\"}}");
            decoder.onEnd();
            assertThat(fault().message()).isEqualTo("m");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "Incorrect API key provided: sk-proj-abc_DEF-123456. You can find | Incorrect API key provided: *** You can find",
                    "key sk-abcdefghijklmnop is wrong | key *** is wrong",
                    "bad header Authorization: Bearer eyJhbGciOi.J9.abc-def, sorry | bad header Authorization: Bearer ***, sorry",
                    "api-key=0123456789abcdef0123456789abcdef | api-key=***",
                    "subscription 0123456789abcdef0123456789ABCDEF unknown | subscription *** unknown",
                    "Assistant audio audio_67544060dacc8190b5bcc01f9be218e9 not found. | Assistant audio audio_67544060dacc8190b5bcc01f9be218e9 not found.",
                    "Please retry in a minute | Please retry in a minute",
                    "the task-force and gsk_live12345 | the task-force and ***",
                    "See https://platform.openai.com/account/api-keys. | See ***.",
                    "(http://10.0.0.5:8000/v1/chat?key=a&b=c) failed | (***) failed",
                    "wss://host/x, again | ***, again",
                    "raise it at aka.ms/oai/quotaincrease now | raise it at *** now",
                    "resource-7.openai.azure.com. Retry | ***. Retry",
                    "api.stepfun.com:443 refused | *** refused",
                    "vllm.cluster.local and vllm.svc:8000 and vllm.svc/v1 | *** and *** and ***",
                    "10.0.0.5:8000 and 10.0.0.6. | *** and ***.",
                    "gpt-4.1-mini of 2025.09.16 in 1.5 s, e.g. audio/mp3 and/or v1.2 | gpt-4.1-mini of 2025.09.16 in 1.5 s, e.g. audio/mp3 and/or v1.2",
                    "content.messages[2].audio.id and tools[0].function.parameters | content.messages[2].audio.id and tools[0].function.parameters",
                })
        void keysAndAddressesInTheProvidersSentenceAreMasked(String sentence, String masked) {
            decoder.onHead(401, "application/json");
            body("{\"error\":{\"message\":\"" + sentence + "\"}}");
            decoder.onEnd();
            assertThat(fault().message()).isEqualTo(masked);
        }
    }

    @Nested
    class ReportedErrors {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":null}}",
                    "event: error\ndata: {\"message\":\"m\"}",
                    "event: error\ndata: {\"error\":{\"message\":\"m\"}}",
                    "data: {\"error\":\"m\"}",
                    "data: {\"object\":\"error\",\"message\":\"m\"}",
                    "data: {\"base_resp\":{\"status_code\":1004,\"status_msg\":\"m\"}}",
                    "data: {\"error\":{\"code\":502,\"message\":\"m\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
                            + "\"finish_reason\":\"error\"}]}",
                })
        void everyShapeEndsTheReplyAndKeepsWhatCameBefore(String event) {
            stream(content("hi") + event + "\n\ndata: [DONE]\n\n");
            decoder.onEnd();
            assertThat(heard.calls).containsExactly("text hi", "fault REPORTED m");
            assertThat(fault().retryable()).isFalse();
            assertThat(fault().type()).isEqualTo("server_error");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"error\":null,\"choices\":[]}",
                    "{\"error\":\"\",\"choices\":[]}",
                    "{\"error\":false}",
                    "{\"base_resp\":{\"status_code\":0,\"status_msg\":\"\"}}",
                    "{\"object\":\"chat.completion.chunk\"}"
                })
        void whatOnlyLooksLikeAnErrorIsATick(String event) {
            stream("data: " + event + "\n\n");
            assertThat(heard.calls).containsExactly("tick");
        }

        @ParameterizedTest
        @CsvSource({"429,true", "502,true", "400,false", "\"invalid_api_key\",false", "null,true"})
        void beforeAnythingWasSaidTheCodeDecidesWhetherToAskAgain(String code, boolean retryable) {
            String type = code.startsWith("\"") ? "\"invalid_request_error\"" : "null";
            stream("data: {\"error\":{\"message\":\"m\",\"type\":" + type + ",\"code\":" + code + "}}\n\n");
            assertThat(fault().retryable()).isEqualTo(retryable);
        }

        @Test
        void aFinishReasonOfErrorAloneIsAFault() {
            stream(content("hi") + choice("{}", "\"error\""));
            assertThat(heard.calls)
                    .containsExactly(
                            "text hi", "finish ERROR", "fault REPORTED the model's provider broke the answer off");
        }

        @Test
        void keysAreMasked() {
            stream("data: {\"error\":{\"message\":\"no sk-abcdef123456\"}}\n\n");
            assertThat(fault().message()).isEqualTo("no ***");
        }
    }

    @Nested
    class Deltas {
        @Test
        void nullAndEmptyTextsAreNotReported() {
            stream(delta(
                            "{\"role\":null,\"content\":null,\"refusal\":null,\"audio\":{\"id\":null,\"transcript\":null}}")
                    + delta(
                            "{\"role\":\"\",\"content\":\"\",\"refusal\":\"\",\"audio\":{\"id\":\"\",\"transcript\":\"\"}}")
                    + choice("null", "\"\"")
                    + choice("[]", "null"));
            assertThat(heard.calls).isEmpty();
        }

        @Test
        void whatOneEventHoldsIsToldInTheListenersOrder() {
            stream(
                    "data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2},\"choices\":[{\"finish_reason\":\"stop\","
                            + "\"delta\":{\"refusal\":\"r\",\"tool_calls\":[{\"id\":\"c\"}],\"content\":\"x\",\"audio\":{\"expires_at\":7.9,"
                            + "\"data\":\"AAA=\",\"transcript\":\"t\",\"id\":\"a\"},\"role\":\"assistant\"},\"index\":0}]}\n\n");
            assertThat(heard.calls)
                    .containsExactly(
                            "role assistant",
                            "id a",
                            "transcript t",
                            "audio 2",
                            "text x",
                            "tool 0 c null null",
                            "refusal r",
                            "usage 3",
                            "expiry 7",
                            "finish STOP");
        }

        @Test
        void theRoleMayBeRepeatedTheAudioIdAndTheFinishAreToldOnce() {
            String event = choice("{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}", "\"stop\"");
            stream(event + event);
            assertThat(heard.calls).containsExactly("role assistant", "id a", "finish STOP", "role assistant");
        }

        @Test
        void otherChoicesAreIgnoredWhereverTheirIndexStands() {
            stream(
                    "data: {\"choices\":[{\"delta\":{\"content\":\"no\"},\"index\":1},{\"delta\":{\"content\":\"yes\"},\"index\":0},"
                            + "{\"index\":2,\"delta\":{\"content\":\"no\"}}]}\n\n"
                            + "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"},\"finish_reason\":\"stop\"}]}\n\n"
                            + "data: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n");
            assertThat(heard.calls).containsExactly("text yes", "text !");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{}",
                    "{\"choices\":null}",
                    "{\"choices\":[]}",
                    "{\"choices\":[],\"usage\":null}",
                    "{\"choices\":{}}"
                })
        void anEventWithoutChoicesIsATick(String event) {
            stream("data: " + event + "\n\n");
            assertThat(heard.calls).containsExactly("tick");
        }

        @Test
        void toolCallsComeInPiecesOfEveryShape() {
            stream(delta(
                            "{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}},"
                                    + "{\"index\":0,\"function\":{\"arguments\":\"{\"}}]}")
                    + delta("{\"tool_calls\":[{\"function\":{\"name\":\"f\"}},{\"id\":\"c\",\"function\":null}]}")
                    + delta("{\"function_call\":{\"name\":\"old\",\"arguments\":\"{}\"}}")
                    + delta("{\"tool_calls\":null}")
                    + choice("{}", "\"function_call\""));
            assertThat(heard.calls)
                    .containsExactly(
                            "tool 1 b g ",
                            "tool 0 null null {",
                            "tool 0 null f null",
                            "tool 1 c null null",
                            "tool 0 null old {}",
                            "finish TOOL_CALLS");
        }

        @Test
        void anUnknownFinishReasonIsANormalEnd() {
            stream(choice("{}", "\"eos\""));
            assertThat(heard.calls).containsExactly("finish OTHER");
            assertThat(decoder.isComplete()).isTrue();
        }

        @Test
        void textTokensAreComputedWhereTheyAreAbsent() {
            stream(
                    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":151,"
                            + "\"prompt_tokens_details\":{\"audio_tokens\":30,\"image_tokens\":20,\"cached_tokens\":5},"
                            + "\"completion_tokens_details\":{\"audio_tokens\":60,\"reasoning_tokens\":4}}}\n\n");
            assertThat(heard.usage)
                    .isEqualTo(new Usage(new Usage.Input(100, 50, 30, 20, 5), new Usage.Output(50, 0, 60, 4), 151));
        }

        @Test
        void usageWithoutDetailsIsAllText() {
            stream(
                    "data: {\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":1,\"prompt_tokens_details\":null}}\n\n");
            assertThat(heard.usage)
                    .isEqualTo(new Usage(new Usage.Input(1, 1, 0, 0, 0), new Usage.Output(2, 2, 0, 0), 3));
        }

        @Test
        void aNumberNobodyCanHoldSpoilsNothingElse() {
            stream(delta("{\"content\":\"hi\",\"audio\":{\"expires_at\":99999999999999999999}}"));
            assertThat(heard.calls).containsExactly("text hi");
        }

        @Test
        void unknownFieldsOfAnyDepthAreSkipped() {
            stream(
                    "data: {\"x\":[{\"choices\":[1]}],\"choices\":[{\"content_filter_results\":{\"error\":{}},\"index\":0,"
                            + "\"delta\":{\"reasoning\":\"hm\",\"audio_content\":\"\",\"content\":\"hi\"},\"logprobs\":{\"content\":[]}}]}\n\n");
            assertThat(heard.calls).containsExactly("text hi");
        }
    }

    @Nested
    class BrokenEvents {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"choices\":[",
                    "ping",
                    "[1]",
                    "null",
                    "{} {}",
                    "{\"a\":tru}",
                    "{\"a\":\"\u0001\"}",
                    "{'a':1}"
                })
        void oneIsSkippedAndTheSecondFails(String event) {
            stream("data: " + event + "\n\n" + content("hi"));
            assertThat(heard.calls).containsExactly("text hi");
            body("data: " + event + "\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
            body(content("late"));
            decoder.onEnd();
            assertThat(heard.text).hasToString("hi");
        }

        @Test
        void whatTheEndCutsOffDoesNotCountAsBroken() {
            stream("data: ping\n\n" + content("hi") + "data: {\"choices\":[{");
            decoder.onEnd();
            assertThat(fault().kind()).isEqualTo(Kind.TRUNCATED);
        }

        @Test
        void aBrokenEventSaysNothing() {
            stream("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"no\"}}]\n\n" + content("yes"));
            assertThat(heard.text).hasToString("yes");
        }

        @Test
        void oneOverTheLimitIsInvalid() {
            stream(content("hi") + content("x".repeat(MAX_EVENT_BYTES)) + content("late"));
            assertThat(heard.text).hasToString("hi");
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @ParameterizedTest
        @ValueSource(strings = {"[", "{\"a\":"})
        void deepNestingIsInvalidWithoutAStackOverflow(String opening) {
            stream("data: {\"choices\":" + opening.repeat(10_000) + "\n\n");
            assertThat(fault().kind()).isEqualTo(Kind.INVALID);
        }

        @Test
        void anEmptyEventIsLifeAndNothingElse() {
            stream("data:\n\ndata: \n\n" + content("hi"));
            assertThat(heard.calls).containsExactly("text hi");
        }
    }

    @Nested
    class Audio {
        @Test
        void piecesMayBeCutInsideAQuadAndInsideASample() {
            byte[] pcm = RecordedGrammar.speech(1_000);
            String base64 = Base64.getEncoder().encodeToString(pcm);
            Random random = new Random(3);
            for (int round = 0; round < 50; round++) {
                RecordingReplyListener listener = new RecordingReplyListener();
                ReplyDecoder fresh = new ReplyDecoder(MAX_EVENT_BYTES, listener);
                fresh.onHead(200, "text/event-stream");
                int at = 0;
                while (at < base64.length()) {
                    int to = Math.min(base64.length(), at + random.nextInt(20));
                    byte[] event = audio(base64.substring(at, to)).getBytes(StandardCharsets.UTF_8);
                    Cuts.whole(event, Cuts.Memory.HEAP, fresh::onBody);
                    at = to;
                }
                assertThat(listener.pcm.toByteArray()).isEqualTo(pcm);
            }
        }

        @Test
        void piecesMayBePaddedEachForItself() {
            stream(audio("AQ==") + audio("AgM=") + audio("BAUG") + audio("Bw=="));
            assertThat(heard.pcm.toByteArray()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(heard.pcmSizes).containsExactly(2, 4);
        }

        @Test
        void escapesInsideTheStringAreResolved() {
            byte[] pcm = new byte[3_000];
            Arrays.fill(pcm, (byte) 0xff);
            String base64 = Base64.getEncoder().encodeToString(pcm);
            stream(audio(base64.replace("/", "\\/")) + audio("\\u002f///AQI\\u003D"));
            assertThat(heard.pcmSizes).containsExactly(3_000, 4);
            assertThat(Arrays.copyOf(heard.pcm.toByteArray(), 3_000)).isEqualTo(pcm);
            assertThat(Arrays.copyOfRange(heard.pcm.toByteArray(), 3_000, 3_004))
                    .containsExactly(-1, -1, -1, 1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "AAAA!AAA",
                    "AAA-",
                    "AAAA\\\"AAA",
                    "AAAA\\\"}}]}",
                    "\\u0101AAA",
                    "é",
                    "AA=A",
                    "=",
                    "\\\\AAA",
                    "\\x"
                })
        void whatIsNoBase64IsInvalid(String data) {
            stream(audio("AQIDBAUG") + audio(data) + audio("AAAA"));
            assertThat(heard.calls).containsExactly("audio 6", "fault INVALID the model's audio is not base64");
        }

        @Test
        void aStringWithoutAnEndIsABrokenEvent() {
            stream(audio("AQIDBAUG") + audio("AAAA\\") + audio("AQID"));
            assertThat(heard.calls).containsExactly("audio 6", "audio 2");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "null",
                    "[]",
                    "\"text\"",
                    "{}",
                    "{\"data\":null}",
                    "{\"data\":\"\"}",
                    "{\"data\":{\"a\":[]}}",
                    "7"
                })
        void audioOfAnotherShapeIsIgnored(String audio) {
            stream(delta("{\"content\":\"hi\",\"audio\":" + audio + "}"));
            assertThat(heard.calls).containsExactly("text hi");
        }

        @Test
        void aWavHeaderIsStrippedFromEachPieceThatHasOne() {
            stream(audio(Base64.getEncoder().encodeToString(wav(new byte[] {1, 2, 3, 4})))
                    + audio("BQYHCA==")
                    + audio(Base64.getEncoder().encodeToString(wav(new byte[] {9, 10}))));
            assertThat(heard.pcm.toByteArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        }

        @Test
        void aWavOfUnknownLengthIsTakenToItsEnd() {
            byte[] wav = wav(new byte[] {1, 2, 3, 4});
            ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).putInt(4, -1).putInt(40, -1);
            stream(audio(Base64.getEncoder().encodeToString(wav)));
            assertThat(heard.pcm.toByteArray()).containsExactly(1, 2, 3, 4);
        }

        @Test
        void chunksAroundTheSamplesOfAWavAreDropped() {
            byte[] head = Arrays.copyOf(wav(new byte[0]), 36);
            ByteBuffer wav =
                    ByteBuffer.allocate(80).order(ByteOrder.LITTLE_ENDIAN).put(head);
            wav.put(ascii("LIST")).putInt(3).put(new byte[] {7, 7, 7, 0});
            wav.put(ascii("data"))
                    .putInt(4)
                    .put(new byte[] {1, 2, 3, 4})
                    .put(ascii("LIST"))
                    .putInt(4)
                    .put(new byte[4]);
            stream(audio(Base64.getEncoder().encodeToString(Arrays.copyOf(wav.array(), wav.position()))));
            assertThat(heard.pcm.toByteArray()).containsExactly(1, 2, 3, 4);
        }

        @Test
        void aListOfLinksIsInvalidByName() {
            stream(
                    content("hi")
                            + delta(
                                    "{\"audio\":[{\"type\":\"audio_url\",\"audio_url\":{\"url\":\"data:audio/mpeg;base64,AAAA\"}}]}"));
            assertThat(heard.calls)
                    .containsExactly(
                            "text hi",
                            "fault INVALID the model's audio is a list of links to files"
                                    + " (expected: pcm16 in delta.audio.data)");
        }

        @Test
        void soundInTheContentIsInvalidByNameAndNotRead() {
            stream(
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"UklGRg==\"}}],\"modality\":\"audio\"}\n\n");
            assertThat(heard.calls)
                    .containsExactly("fault INVALID the model's audio stands in delta.content"
                            + " (expected: delta.audio.data, or the dialect vllm)");
        }

        @ParameterizedTest
        @CsvSource({
            "1, 3, 24000, 32",
            "1, 1, 24000, 8",
            "3, 1, 24000, 32",
            "7, 1, 8000, 8",
            "1, 3, 24000, 16",
            "1, 1, 96000, 16",
            "1, 1, 23999, 16",
            "1, 0, 24000, 16"
        })
        void aWavOfAnotherFormatIsInvalid(int format, int channels, int sampleRateHz, int bits) {
            byte[] wav = wav(new byte[8]);
            ByteBuffer.wrap(wav)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort(20, (short) format)
                    .putShort(22, (short) channels)
                    .putInt(24, sampleRateHz)
                    .putShort(34, (short) bits);
            stream(audio(Base64.getEncoder().encodeToString(wav)));
            assertThat(fault().message())
                    .startsWith("the model's audio is a WAV of format " + format + ", " + channels + " channels, "
                            + sampleRateHz + " Hz, " + bits + " bits (expected: ");
        }

        @Test
        void mp3IsInvalidByNameWithAndWithoutATag() {
            for (byte[] mp3 : List.of(mp3Frames(0), ascii("ID3\u0004 and so on"))) {
                RecordingReplyListener listener = new RecordingReplyListener();
                ReplyDecoder fresh = new ReplyDecoder(MAX_EVENT_BYTES, listener);
                fresh.onHead(200, "text/event-stream");
                byte[] event = audio(Base64.getEncoder().encodeToString(mp3)).getBytes(StandardCharsets.UTF_8);
                Cuts.whole(event, Cuts.Memory.HEAP, fresh::onBody);
                assertThat(listener.calls).containsExactly("fault INVALID the model's audio is mp3 (expected: pcm16)");
            }
        }

        @Test
        void samplesThatBeginLikeAnMp3AreSamples() {
            byte[] quiet = new byte[1_000];
            Arrays.fill(quiet, (byte) 0xff);
            byte[] lonelySync = new byte[1_000];
            System.arraycopy(mp3Frames(0), 0, lonelySync, 0, 4);
            stream(audio(Base64.getEncoder().encodeToString(quiet)));
            assertThat(heard.pcm.toByteArray()).isEqualTo(quiet);
            RecordingReplyListener listener = new RecordingReplyListener();
            ReplyDecoder fresh = new ReplyDecoder(MAX_EVENT_BYTES, listener);
            fresh.onHead(200, null);
            byte[] event = audio(Base64.getEncoder().encodeToString(lonelySync)).getBytes(StandardCharsets.UTF_8);
            Cuts.whole(event, Cuts.Memory.HEAP, fresh::onBody);
            assertThat(listener.pcm.toByteArray()).isEqualTo(lonelySync);
        }

        /** Two frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes each. */
        private byte[] mp3Frames(int padding) {
            byte[] frames = new byte[900 + padding];
            for (int at : new int[] {0, 417}) {
                frames[at] = (byte) 0xff;
                frames[at + 1] = (byte) 0xfb;
                frames[at + 2] = (byte) 0x90;
                frames[at + 3] = (byte) 0x64;
            }
            return frames;
        }
    }

    private UpstreamFault fault() {
        assertThat(heard.fault).as("calls: %s", heard.calls).isNotNull();
        assertThat(decoder.isTerminated()).isTrue();
        return java.util.Objects.requireNonNull(heard.fault);
    }

    private void stream(String events) {
        decoder.onHead(200, "text/event-stream");
        body(events);
    }

    private void body(String text) {
        Cuts.whole(text.getBytes(StandardCharsets.UTF_8), Cuts.Memory.DIRECT, decoder::onBody);
    }

    private static String content(String text) {
        return delta("{\"content\":\"" + text + "\"}");
    }

    private static String audio(String data) {
        return delta("{\"audio\":{\"data\":\"" + data + "\"}}");
    }

    private static String delta(String delta) {
        return choice(delta, null);
    }

    private static String choice(String delta, @Nullable String finishReason) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finishReason + "}]}\n\n";
    }

    private static byte[] wav(byte[] pcm) {
        return ByteBuffer.allocate(44 + pcm.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt(36 + pcm.length)
                .put(ascii("WAVEfmt "))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(24_000)
                .putInt(48_000)
                .putShort((short) 2)
                .putShort((short) 16)
                .put(ascii("data"))
                .putInt(pcm.length)
                .put(pcm)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
