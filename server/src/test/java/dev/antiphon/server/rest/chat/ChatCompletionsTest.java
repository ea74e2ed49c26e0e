package dev.antiphon.server.rest.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.rest.RestLimits;
import dev.antiphon.server.rest.RestRoutes;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage.EncodedAudioPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import dev.antiphon.upstream.UpstreamFault.Retry;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through the whole pipeline to a model that says what the test says. */
@ExtendWith(NoBufferLeaks.class)
class ChatCompletionsTest {
    private static final String HI = "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final String SPOKEN =
            HI + ",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"pcm16\"}";
    private static final Usage USAGE = new Usage(new Usage.Input(11, 6, 4, 1, 2), new Usage.Output(9, 3, 5, 1), 20);
    private static final String USAGE_JSON = "{\"prompt_tokens\":11,\"completion_tokens\":9,\"total_tokens\":20,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":2,\"audio_tokens\":4,\"text_tokens\":6,\"image_tokens\":1},"
            + "\"completion_tokens_details\":{\"reasoning_tokens\":1,\"audio_tokens\":5,"
            + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0,\"text_tokens\":3}}";
    private static final UpstreamFault QUOTA = new UpstreamFault(
            Kind.REFUSED, 429, "insufficient_quota", "insufficient_quota", "p", "You exceeded it.", false);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final ScriptedModels models = new ScriptedModels();
    private final List<String> costs = new ArrayList<>();
    private final SpokenFiles files = new SpokenFiles(SpokenFiles.Limits.DEFAULT);
    private final SoundCoders coders = new SoundCoders();
    private final ChatCompletions completions = new ChatCompletions(
            models,
            files,
            coders,
            (client, model, cost, outcome) -> costs.add(client + " " + model + " "
                    + cost.tokens().tokens() + (cost.isEstimated() ? " estimated " : " ") + outcome),
            Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC));
    private boolean isClogged;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(EmbeddedChannel.builder()
                    .ticker(ticker)
                    .handlers(new ClientChannelInitializer(
                            ClientLimits.DEFAULT,
                            applicant -> new Welcome("key-1", null),
                            (opening, outlet, timers, loop) -> {
                                throw new AssertionError("no session is wanted here");
                            },
                            new RestRoutes(
                                    applicant -> new Welcome("key-1", null),
                                    RestLimits.DEFAULT,
                                    List.of(completions.routes())),
                            ticker::nanoTime))) {
                @Override
                protected void doWrite(ChannelOutboundBuffer in) throws Exception {
                    if (!isClogged) super.doWrite(in);
                }
            };

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        coders.close();
        files.close();
    }

    private static String post(String body) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    private ScriptedModels.Asked ask(String fields) {
        send(post("{" + fields + "}"));
        assertThat(models.asked).as(() -> received()).isNotEmpty();
        return models.asked.get(models.asked.size() - 1);
    }

    private String answerTo(String fields) {
        send(post("{" + fields + "}"));
        return received();
    }

    private void send(String text) {
        channel.writeInbound(bytes(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static ByteBuf bytes(byte[] bytes) {
        return PooledByteBufAllocator.DEFAULT.buffer().writeBytes(bytes);
    }

    private String received() {
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
        }
        return text.toString();
    }

    /** The events of a stream, without its head, its chunks and what every event says. */
    private static List<String> eventsOf(String received) {
        assertThat(received).endsWith("\r\n0\r\n\r\n");
        String body = received.substring(received.indexOf("\r\n\r\n") + 4).replaceAll("(?m)^[0-9a-f]+\r\n", "");
        List<String> events = new ArrayList<>();
        for (String event : body.replace("\r\n", "").split("\n\n", -1)) {
            if (event.isEmpty()) continue;
            events.add(event.replaceFirst(
                            "^data: \\{\"id\":\"chatcmpl-[0-9A-Za-z]{21}\",\"object\":\"chat.completion.chunk\","
                                    + "\"created\":1800000000,\"model\":\"m\",(.*)}$",
                            "$1")
                    .replaceFirst("\"choices\":\\[\\{\"index\":0,\"delta\":(.*),\"finish_reason\":null}]", "$1")
                    .replaceAll("audio_[0-9A-Za-z]{21}", "audio_OURS"));
        }
        return events;
    }

    private static void sayPcm(ReplyInlet reply, int... samples) {
        ByteBuf pcm = PooledByteBufAllocator.DEFAULT.buffer();
        for (int sample : samples) pcm.writeShortLE(sample);
        reply.onAudio(pcm);
        pcm.release();
    }

    private static String base64(int... bytes) {
        byte[] octets = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) octets[i] = (byte) bytes[i];
        return Base64.getEncoder().encodeToString(octets);
    }

    @Test
    void aWrittenAnswerIsStreamed() {
        ScriptedModels.Asked asked = ask(HI + ",\"stream\":true");
        assertThat(asked.request.model()).isEqualTo("m");
        assertThat(asked.request.speech()).isNull();
        asked.say(reply -> reply.onRole("assistant"));
        assertThat(received()).isEmpty();
        asked.say(reply -> {
            reply.onText("Hel");
            reply.onText("\"lo\" é");
        });
        String first = received();
        assertThat(first)
                .startsWith("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n")
                .contains("x-request-id: req_");
        asked.say(reply -> {
            reply.onFinish(FinishReason.LENGTH);
            reply.onUsage(USAGE);
            reply.onCompleted();
        });
        assertThat(eventsOf(first + received()))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}",
                        "{\"content\":\"Hel\"}",
                        "{\"content\":\"\\\"lo\\\" é\"}",
                        "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]",
                        "data: [DONE]");
        assertThat(costs).containsExactly("key-1 m 19 COMPLETED");
    }

    @Test
    void aSpokenAnswerIsStreamedWithItsIdItsExpiryAndWhatItCost() {
        ScriptedModels.Asked asked = ask(SPOKEN + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        assertThat(asked.request.speech()).isEqualTo(new ChatRequest.Speech("alloy"));
        asked.say(reply -> {
            reply.onAudioId("audio_1");
            reply.onTranscript("Hello");
            reply.onTick();
            sayPcm(reply, 1, 2, 3, 4);
            reply.onTranscript(" you");
            sayPcm(reply, 5);
            reply.onUsage(USAGE);
            reply.onAudioExpiry(1_800_000_777);
            reply.onCompleted();
        });
        assertThat(eventsOf(received()))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":null,\"refusal\":null},\"usage\":null",
                        "{\"audio\":{\"id\":\"audio_1\",\"transcript\":\"Hello\"}},\"usage\":null",
                        "{\"audio\":{\"data\":\"" + base64(1, 0, 2, 0, 3, 0) + "\"}},\"usage\":null",
                        "{\"audio\":{\"transcript\":\" you\"}},\"usage\":null",
                        "{\"audio\":{\"data\":\"" + base64(4, 0, 5, 0) + "\"}},\"usage\":null",
                        "{\"audio\":{\"expires_at\":1800000777}},\"usage\":null",
                        "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null",
                        "\"choices\":[],\"usage\":" + USAGE_JSON,
                        "data: [DONE]");
    }

    @Test
    void aProviderWithoutAudioIdsIsGivenOurs() {
        ask(SPOKEN + ",\"stream\":true").say(reply -> {
            sayPcm(reply, 1, 2, 3);
            reply.onCompleted();
        });
        assertThat(eventsOf(received()))
                .contains(
                        "{\"audio\":{\"id\":\"audio_OURS\",\"data\":\"" + base64(1, 0, 2, 0, 3, 0) + "\"}}",
                        "{\"audio\":{\"expires_at\":1800003600}}");
    }

    @Test
    void aModelThatWasAskedToSpeakMayWriteAllTheSame() {
        ask(SPOKEN + ",\"stream\":true").say(reply -> {
            reply.onText("No.");
            reply.onFinish(FinishReason.STOP);
            reply.onCompleted();
        });
        assertThat(eventsOf(received()))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":null,\"refusal\":null}",
                        "{\"content\":\"No.\"}",
                        "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]",
                        "data: [DONE]");
    }

    @Test
    void toolCallsAreStreamedPieceByPiece() {
        ask(HI + ",\"stream\":true").say(reply -> {
            reply.onToolCall(0, "call_1", "add", "");
            reply.onToolCall(0, null, null, "{\"a\":1}");
            reply.onToolCall(1, "call_2", "mul", null);
            reply.onRefusal("No");
            reply.onCompleted();
        });
        assertThat(eventsOf(received()))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}",
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"add\",\"arguments\":\"\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}]}",
                        "{\"tool_calls\":[{\"index\":1,\"id\":\"call_2\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"mul\",\"arguments\":\"\"}}]}",
                        "{\"refusal\":\"No\"}",
                        "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]",
                        "data: [DONE]");
    }

    @Test
    void aStreamedWavBeginsWithAHeaderOfUnknownLength() {
        ask(SPOKEN.replace("pcm16", "wav") + ",\"stream\":true").say(reply -> {
            sayPcm(reply, 1, 2);
            reply.onCompleted();
        });
        byte[] file = soundIn(received());
        assertThat(new String(file, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("RIFF");
        assertThat(ByteBufUtil.hexDump(file, 40, 8)).isEqualTo("ffffffff01000200");
    }

    @ParameterizedTest
    @CsvSource({"g711_ulaw, ff", "g711_alaw, d5"})
    void telephoneSpeechIsAThirdOfTheSamples(String format, String silence) {
        ask(SPOKEN.replace("pcm16", format) + ",\"stream\":true").say(reply -> {
            for (int i = 0; i < 10; i++) sayPcm(reply, new int[240]);
            reply.onCompleted();
        });
        assertThat(ByteBufUtil.hexDump(soundIn(received()))).isEqualTo(silence.repeat(800));
    }

    /** Every piece of data decoded on its own, and joined. */
    private static byte[] soundIn(String received) {
        ByteBuf sound = Unpooled.buffer();
        for (String event : eventsOf(received)) {
            int at = event.indexOf("\"data\":\"");
            if (at < 0) continue;
            sound.writeBytes(Base64.getDecoder().decode(event.substring(at + 8, event.indexOf('"', at + 8))));
        }
        return ByteBufUtil.getBytes(sound);
    }

    @Test
    void aWrittenAnswerIsGivenWhole() {
        ScriptedModels.Asked asked = ask(HI);
        asked.say(reply -> reply.onText("Hel"));
        assertThat(received()).isEmpty();
        asked.say(reply -> {
            reply.onText("lo");
            reply.onUsage(USAGE);
            reply.onFinish(FinishReason.CONTENT_FILTER);
            reply.onCompleted();
        });
        assertThat(bodyOf(received()))
                .isEqualTo("{\"id\":\"ID\",\"object\":\"chat.completion\",\"created\":1800000000,\"model\":\"m\","
                        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello\","
                        + "\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
                        + "\"finish_reason\":\"content_filter\"}],\"usage\":" + USAGE_JSON + "}");
        assertThat(costs).containsExactly("key-1 m 19 COMPLETED");
    }

    private static String bodyOf(String received) {
        assertThat(received).startsWith("HTTP/1.1 200 ").contains("content-type: application/json\r\n");
        return received.substring(received.indexOf("\r\n\r\n") + 4).replaceAll("chatcmpl-[0-9A-Za-z]{21}", "ID");
    }

    @ParameterizedTest
    @CsvSource({
        "pcm16, ''",
        "wav, 524946462a00000057415645666d74201000000001000100c05d000080bb0000020010006461746106000000"
    })
    void aSpokenAnswerIsGivenWholeWithItsSoundAsOneFile(String format, String header) {
        ask(SPOKEN.replace("pcm16", format)).say(reply -> {
            reply.onAudioId("audio_1");
            reply.onTranscript("Hel");
            sayPcm(reply, 1, 2);
            reply.onTranscript("lo");
            sayPcm(reply, 3);
            reply.onAudioExpiry(7);
            reply.onCompleted();
        });
        byte[] file = ByteBufUtil.decodeHexDump(header + "010002000300");
        assertThat(bodyOf(received()))
                .contains("\"content\":null,\"refusal\":null,\"audio\":{\"id\":\"audio_1\",\"expires_at\":7,"
                        + "\"transcript\":\"Hello\",\"data\":\""
                        + Base64.getEncoder().encodeToString(file) + "\"}")
                .contains("\"finish_reason\":\"stop\"");
    }

    @Test
    void toolCallsAreGivenWhole() {
        ask(HI).say(reply -> {
            reply.onToolCall(1, "call_2", "mul", "{}");
            reply.onToolCall(0, "call_1", "add", "{\"a\"");
            reply.onToolCall(0, null, null, ":1}");
            reply.onRefusal("No");
            reply.onCompleted();
        });
        assertThat(bodyOf(received()))
                .contains(
                        "\"content\":null,\"refusal\":\"No\",\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
                                + "\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":1}\"}},{\"id\":\"call_2\","
                                + "\"type\":\"function\",\"function\":{\"name\":\"mul\",\"arguments\":\"{}\"}}]")
                .contains("\"finish_reason\":\"tool_calls\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void aFaultBeforeTheFirstWordIsAnHttpError(String stream) {
        ScriptedModels.Asked asked = ask(HI + ",\"stream\":" + stream);
        asked.say(reply -> {
            reply.onRole("assistant");
            reply.onFault(QUOTA.withRetry(new Retry(false, 1_500)));
        });
        assertThat(received())
                .startsWith("HTTP/1.1 429 ")
                .contains("retry-after: 2\r\n")
                .endsWith(
                        "{\"error\":{\"message\":\"You exceeded it.\",\"type\":\"insufficient_quota\",\"param\":\"p\","
                                + "\"code\":\"insufficient_quota\"}}");
        assertThat(costs).containsExactly("key-1 m 0 REFUSED");
        assertThat(answerTo("")).startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @CsvSource({
        "REFUSED, 404, 404",
        "REFUSED, 307, 502",
        "UNREACHABLE, 0, 503",
        "TIMEOUT, 0, 504",
        "TIMEOUT, 200, 504",
        "TRUNCATED, 200, 502",
        "INVALID, 200, 502",
        "REPORTED, 200, 502"
    })
    void theStatusSaysWhoseFaultItWas(Kind kind, int upstreamStatus, int status) {
        ask(HI).say(reply ->
                reply.onFault(new UpstreamFault(kind, upstreamStatus, "t", null, null, "It failed.", true)));
        String received = received();
        assertThat(received)
                .startsWith("HTTP/1.1 " + status + " ")
                .endsWith("{\"error\":{\"message\":\"It failed.\",\"type\":\"t\",\"param\":null,\"code\":null}}");
        assertThat(received.contains("retry-after: 10")).isEqualTo(status == 503);
    }

    @Test
    void aFaultInTheMiddleIsTheLastEvent() {
        ScriptedModels.Asked asked = ask(HI + ",\"stream\":true");
        asked.say(reply -> reply.onText("Hel"));
        asked.say(reply -> {
            reply.onText("lo");
            reply.onFault(QUOTA);
        });
        assertThat(eventsOf(received()))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}",
                        "{\"content\":\"Hel\"}",
                        "{\"content\":\"lo\"}",
                        "data: {\"error\":{\"message\":\"You exceeded it.\",\"type\":\"insufficient_quota\",\"param\":\"p\","
                                + "\"code\":\"insufficient_quota\"}}");
        assertThat(costs).containsExactly("key-1 m 7 estimated FAILED");
        assertThat(answerTo("")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void aClientThatGoesEndsTheCallAtOnce() {
        ScriptedModels.Asked asked = ask(SPOKEN + ",\"stream\":true");
        asked.say(reply -> {
            reply.onUsage(USAGE);
            sayPcm(reply, 1, 2, 3, 4);
        });
        assertThat(received()).isNotEmpty();
        assertThat(asked.isCancelled).isFalse();
        channel.close().syncUninterruptibly();
        channel.runPendingTasks();
        assertThat(asked.isCancelled).isTrue();
        assertThat(costs).containsExactly("key-1 m 19 ABANDONED");
    }

    @Test
    void aClientThatGoesBeforeItsRequestIsWholeCostsNothing() {
        send(post("{" + HI + "}").substring(0, 120));
        channel.close().syncUninterruptibly();
        channel.runPendingTasks();
        assertThat(models.asked).isEmpty();
        assertThat(costs).isEmpty();
    }

    @Test
    void aClientThatDoesNotReadHoldsTheModelBack() {
        ScriptedModels.Asked asked = ask(HI + ",\"stream\":true");
        isClogged = true;
        asked.say(reply -> reply.onText("x".repeat(30_000)));
        assertThat(asked.reply.isFull()).isFalse();
        asked.say(reply -> reply.onText("x".repeat(40_000)));
        assertThat(asked.reply.isFull()).isTrue();
        assertThat(asked.resumed).isZero();
        isClogged = false;
        channel.flush();
        channel.runPendingTasks();
        assertThat(asked.reply.isFull()).isFalse();
        assertThat(asked.resumed).isEqualTo(1);
        received();
    }

    @Test
    void aWholeAnswerNeverHoldsTheModelBack() {
        ScriptedModels.Asked asked = ask(SPOKEN);
        isClogged = true;
        asked.say(reply -> sayPcm(reply, new int[100_000]));
        assertThat(asked.reply.isFull()).isFalse();
    }

    @Test
    void anAnswerTooLongToBeGivenWholeIsAFault() {
        ScriptedModels.Asked asked = ask(SPOKEN);
        for (int i = 0; i < 33 && !asked.isCancelled; i++) asked.say(reply -> sayPcm(reply, new int[1 << 20]));
        assertThat(asked.isCancelled).isTrue();
        assertThat(received()).startsWith("HTTP/1.1 502 ").contains("stream=true");
    }

    @Test
    void anMp3OfTheClientIsPassedOn() {
        String base64 = base64(0xFF, 0xFB, 0x90, 0x00);
        ScriptedModels.Asked asked = ask("\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                + "\"input_audio\",\"input_audio\":{\"data\":\"" + base64 + "\",\"format\":\"mp3\"}}]}]");
        assertThat(asked.request.messages())
                .containsExactly(new UserMessage(List.of(new EncodedAudioPart(base64, "mp3"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aac | AAAA | invalid_value | messages[0].content[0].input_audio.format | 'aac'",
                "pcm16 | AAAA | invalid_value | messages[0].content[0].input_audio.format | 'pcm16'",
                "wav | %%%% | invalid_value | messages[0].content[0].input_audio.data | base64"
            })
    void aSoundThatCannotBeTakenIsNamed(String format, String data, String code, String param, String word) {
        assertThat(answerTo("\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
                        + "\"input_audio\":{\"data\":\"" + data + "\",\"format\":\"" + format + "\"}}]}]"))
                .startsWith("HTTP/1.1 400 ")
                .contains(word, "\"param\":\"" + param + "\",\"code\":\"" + code + "\"");
        assertThat(models.asked).isEmpty();
        assertThat(costs).isEmpty();
    }

    @Test
    void aRequestMayBeCutAnywhere() {
        String request = post(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                        + "\"text\":\"é\"},{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"SGVsbG8=\",\"format\":\"mp3\"}}]}]}");
        byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
        ScriptedModels.Asked whole = null;
        for (int cut = 0; cut <= bytes.length; cut++) {
            channel.writeInbound(bytes(Arrays.copyOfRange(bytes, 0, cut)));
            channel.writeInbound(bytes(Arrays.copyOfRange(bytes, cut, bytes.length)));
            ScriptedModels.Asked asked = models.asked.get(models.asked.size() - 1);
            if (whole == null) whole = asked;
            assertThat(models.asked).hasSize(cut + 1);
            assertThat(asked.request).isEqualTo(whole.request);
            asked.say(ReplyInlet::onCompleted);
            assertThat(received()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedWithTheLimit() {
        send(
                "POST /chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 20971521\r\n\r\n");
        assertThat(received()).startsWith("HTTP/1.1 413 ").contains("20971520 bytes");
    }

    @Test
    void whatOnlyTheProviderMakesIsAskedOfItWholeAndPassedOn() {
        send(post("{" + SPOKEN.replace("pcm16", "mp3") + ",\"seed\":7,\"stream\":false,\"temperature\":0.5}"));
        assertThat(models.asked).isEmpty();
        ScriptedModels.AskedWhole asked = models.askedWhole.get(0);
        assertThat(asked.request.endpoint()).isEqualTo(Endpoint.CHAT);
        assertThat(asked.request.model()).isEqualTo("m");
        ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer();
        assertThat(asked.request.write("gpt-audio", Dialect.OPENAI, body)).isEqualTo("application/json");
        assertThat(body.toString(StandardCharsets.UTF_8))
                .isEqualTo("{\"stream\":false,\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\","
                        + "\"format\":\"mp3\"},\"model\":\"gpt-audio\",\"temperature\":0.5,\"seed\":7,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        body.release();
        asked.out.onHead("application/json; charset=utf-8");
        sayBody(asked, "{\"choices\":[{\"x\":\"usage\"}],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":8,");
        sayBody(asked, "\"completion_tokens\":5}}");
        assertThat(received()).isEmpty();
        asked.out.onCompleted();
        assertThat(received())
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\n{\"choices\":[{\"x\":\"usage\"}],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":8,"
                        + "\"completion_tokens\":5}}");
        assertThat(costs).containsExactly("key-1 m 8 COMPLETED");
    }

    private static void sayBody(ScriptedModels.AskedWhole asked, String text) {
        ByteBuf bytes = bytes(text.getBytes(StandardCharsets.UTF_8));
        asked.out.onBody(bytes);
        bytes.release();
    }

    @Test
    void whatTheProviderRefusesToMakeIsAnHttpError() {
        send(post("{" + SPOKEN.replace("pcm16", "flac") + "}"));
        models.askedWhole.get(0).out.onFault(QUOTA);
        assertThat(received()).startsWith("HTTP/1.1 429 ").contains("insufficient_quota");
        assertThat(costs).containsExactly("key-1 m 0 REFUSED");
    }

    @Test
    void whatIsNoCompletionIsNotPassedOn() {
        send(post("{" + SPOKEN.replace("pcm16", "aac") + "}"));
        models.askedWhole.get(0).out.onHead("text/html");
        assertThat(received()).startsWith("HTTP/1.1 502 ");
        assertThat(models.askedWhole.get(0).isCancelled).isTrue();
    }

    @Test
    void aClientThatGoesEndsAWholeCallToo() {
        send(post("{" + SPOKEN.replace("pcm16", "mp3") + "}"));
        sayBody(models.askedWhole.get(0), "{");
        channel.close().syncUninterruptibly();
        channel.runPendingTasks();
        assertThat(models.askedWhole.get(0).isCancelled).isTrue();
        assertThat(costs).containsExactly("key-1 m 5 estimated ABANDONED");
    }

    @Test
    void theConnectionServesOneCompletionAfterTheOther() {
        for (int i = 0; i < 3; i++) {
            ScriptedModels.Asked asked = ask(HI + (i == 1 ? ",\"stream\":true" : ""));
            asked.say(reply -> {
                reply.onText("Hello");
                reply.onCompleted();
            });
            assertThat(received()).contains("connection: keep-alive\r\n", "Hello");
        }
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aFaultOfTheRequestLeavesTheConnection() {
        assertThat(answerTo("\"messages\":[]")).startsWith("HTTP/1.1 400 ").contains("\"param\":\"messages\"");
        assertThat(answerTo("x")).startsWith("HTTP/1.1 400 ").contains("\"code\":\"invalid_json\"");
        assertThat(channel.isOpen()).isTrue();
    }
}
