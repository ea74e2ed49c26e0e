package dev.antiphon.server.twin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.ReplyDecoder;
import dev.antiphon.upstream.ReplyListener;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The gateway's own request writer and reply decoder, with the twin between them. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinThroughTheDecoderTest {
    private static final ToolDefinition WEATHER = new ToolDefinition(
            "get_weather",
            "tells the weather",
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}");

    private final Twin twin = Twin.start(TwinTest.AT_ONCE);
    private final Reply reply = new Reply();

    @AfterEach
    void close() {
        twin.close();
    }

    @Test
    void aSpokenAnswerIsComplete() {
        ask("antiphon-twin", ChatRequest.Tools.NONE, user("say: Sure, let me check that for you."));
        assertThat(reply.transcript.toString()).isEqualTo("Sure, let me check that for you.");
        assertThat(reply.audioId).startsWith("audio_");
        assertThat(reply.expiresAtUnixSeconds).isPositive();
        assertThat(reply.ticks).isEqualTo(reply.usage.output().audioTokens() + 1);
        assertThat(reply.pcm.size()).isEqualTo(reply.usage.output().audioTokens() * 2_400);
        assertThat(reply.finish).isNull();
        assertThat(reply.ending).isEqualTo("completed");
    }

    @Test
    void theModelRemembersWhatItSaidByItsAudioId() {
        ask("antiphon-twin", ChatRequest.Tools.NONE, user("say: Good evening."));
        ChatMessage answer = new AssistantMessage(null, reply.audioId, List.of());
        Reply second = new Reply();
        ask(second, "antiphon-twin", ChatRequest.Tools.NONE, user("hello"), answer, user("What did you say?"));
        assertThat(second.transcript.toString()).isEqualTo("I said: Good evening.");
        assertThat(second.usage.input().audioTokens())
                .isEqualTo(reply.usage.output().audioTokens());
    }

    @Test
    void soundGoesThereAndBack() {
        byte[] pcm = new byte[24_000];
        for (int i = 0; i < pcm.length; i++) pcm[i] = (byte) (i * 13);
        UserMessage message =
                new UserMessage(List.of(new TextPart("repeat after me"), new AudioPart(AudioClip.of(24_000, pcm))));
        ask("antiphon-twin", ChatRequest.Tools.NONE, message);
        assertThat(reply.pcm.toByteArray()).isEqualTo(pcm);
        assertThat(reply.usage.input().audioTokens()).isEqualTo(5);
    }

    @Test
    void aToolIsCalled() {
        ask(
                "antiphon-twin",
                new ChatRequest.Tools(List.of(WEATHER), ToolChoice.REQUIRED, null),
                user("get_weather in Paris"));
        assertThat(reply.toolName).isEqualTo("get_weather");
        assertThat(reply.arguments.toString()).isEqualTo("{\"city\":\"Paris\"}");
        assertThat(reply.finish).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(reply.ending).isEqualTo("completed");
    }

    @Test
    void anUnknownAudioIdIsAFaultThatSaysSo() {
        ChatMessage lost = new AssistantMessage(null, "audio_lost", List.of());
        ask("antiphon-twin", ChatRequest.Tools.NONE, user("hello"), lost, user("What did you say?"));
        assertThat(reply.ending).isEqualTo("REFUSED 400 audio_not_found");
    }

    @Test
    void faultsAreRecognised() {
        for (String[] fault : new String[][] {
            {"fault:401", "REFUSED 401"},
            {"fault:429", "REFUSED 429"},
            {"fault:500", "REFUSED 500"},
            {"fault:html", "INVALID 200"},
            {"fault:error-event", "REPORTED 200"},
            {"fault:no-done", "completed"}
        }) {
            Reply faulty = new Reply();
            ask(faulty, fault[0], ChatRequest.Tools.NONE, user("say: This will not end well, I fear."));
            assertThat(faulty.ending).as(fault[0]).startsWith(fault[1]);
        }
    }

    private void ask(String model, ChatRequest.Tools tools, ChatMessage... messages) {
        ask(reply, model, tools, messages);
    }

    private void ask(Reply into, String model, ChatRequest.Tools tools, ChatMessage... messages) {
        ChatRequest request = new ChatRequest(
                model, List.of(messages), new ChatRequest.Speech("alloy"), tools, ChatRequest.Sampling.DEFAULT);
        ByteBuf body = ByteBufAllocator.DEFAULT.buffer();
        try {
            new ChatRequestWriter().write(request, body);
            HttpResponse<String> response =
                    new TwinClient(twin.baseUrl()).post("/chat/completions", body.toString(UTF_8));
            ReplyDecoder decoder = new ReplyDecoder(1 << 20, into);
            decoder.onHead(
                    response.statusCode(),
                    response.headers().firstValue("content-type").orElse(null));
            body.clear().writeCharSequence(response.body(), UTF_8);
            decoder.onBody(body);
            decoder.onEnd();
        } finally {
            body.release();
        }
    }

    private static UserMessage user(String text) {
        return new UserMessage(List.of(new TextPart(text)));
    }

    private static final class Reply implements ReplyListener {
        private final StringBuilder transcript = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();
        private final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
        private @Nullable String audioId;
        private @Nullable String toolName;
        private @Nullable FinishReason finish;
        private Usage usage = Usage.NONE;
        private long expiresAtUnixSeconds;
        private int ticks;
        private String ending = "none";

        @Override
        public void onRole(String role) {
            assertThat(role).isEqualTo("assistant");
        }

        @Override
        public void onAudioId(String id) {
            audioId = id;
        }

        @Override
        public void onTranscript(String delta) {
            transcript.append(delta);
        }

        @Override
        public void onAudio(ByteBuf samples) {
            byte[] bytes = new byte[samples.readableBytes()];
            samples.getBytes(samples.readerIndex(), bytes);
            pcm.writeBytes(bytes);
        }

        @Override
        public void onText(String delta) {
            throw new AssertionError("text: " + delta);
        }

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
            if (name != null) toolName = name;
            if (argumentsDelta != null) arguments.append(argumentsDelta);
        }

        @Override
        public void onRefusal(String delta) {
            throw new AssertionError("refusal: " + delta);
        }

        @Override
        public void onUsage(Usage said) {
            usage = said;
        }

        @Override
        public void onAudioExpiry(long unixSeconds) {
            expiresAtUnixSeconds = unixSeconds;
        }

        @Override
        public void onFinish(FinishReason reason) {
            finish = reason;
        }

        @Override
        public void onTick() {
            ticks++;
        }

        @Override
        public void onCompleted() {
            ending = "completed";
        }

        @Override
        public void onFault(UpstreamFault fault) {
            ending = fault.kind() + " " + fault.httpStatus() + " " + fault.code();
        }
    }
}
