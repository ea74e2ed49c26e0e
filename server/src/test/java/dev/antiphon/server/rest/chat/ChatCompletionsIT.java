package dev.antiphon.server.rest.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionAudioParam;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.testing.JsonTree;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Completions of a running gateway, with the embedded model or a scripted one behind it. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChatCompletionsIT {
    private static final String AUDIO =
            "\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"";
    private static final AudioClip QUESTION = new Speakers().speak("What can you hear of this?", TwinVoice.ECHO);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Gateway gateway;

    @BeforeAll
    void start() {
        gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    private static URI base(Gateway gateway) {
        return URI.create("http://127.0.0.1:" + gateway.address().getPort() + "/v1");
    }

    private HttpResponse<String> post(Gateway asked, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base(asked) + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private String answerTo(String fields) throws Exception {
        HttpResponse<String> response = post(gateway, "{\"model\":\"gpt-audio\"," + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        return response.body();
    }

    private static String user(String text) {
        return "\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]";
    }

    private static String heard(String text, String format, byte[] file) {
        return "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"" + text
                + "\"},{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"" + format + "\",\"data\":\""
                + Base64.getEncoder().encodeToString(file) + "\"}}]}]";
    }

    private static byte[] soundIn(String stream) {
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        for (String event : stream.split("\n\n", -1)) {
            int at = event.indexOf("\"data\":\"");
            if (at >= 0)
                sound.writeBytes(Base64.getDecoder().decode(event.substring(at + 8, event.indexOf('"', at + 8))));
        }
        return sound.toByteArray();
    }

    private static String at(String json, Object... path) {
        return String.valueOf(JsonTree.at(JsonTree.parse(json.getBytes(StandardCharsets.UTF_8)), path));
    }

    private static long millisOf(byte[] pcm) {
        return AudioFormat.PCM16_24KHZ.millisOf(AudioFormat.PCM16_24KHZ.samplesIn(pcm.length));
    }

    @Test
    void textIsAnsweredAloudTheSameStreamedAndWhole() throws Exception {
        String whole = answerTo(user("say: Good morning") + "," + AUDIO + "wav\"}");
        byte[] file = Base64.getDecoder().decode(at(whole, "choices", 0, "message", "audio", "data"));
        AudioClip clip = Wav.read(file);
        assertThat(clip.millis()).isBetween(300L, 5_000L);
        assertThat(at(whole, "choices", 0, "message", "audio", "transcript")).isEqualTo("Good morning");
        assertThat(at(whole, "choices", 0, "finish_reason")).isEqualTo("stop");
        assertThat(Integer.parseInt(at(whole, "usage", "completion_tokens_details", "audio_tokens")))
                .isPositive();

        String stream = answerTo(user("say: Good morning") + "," + AUDIO
                + "pcm16\"},\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        assertThat(soundIn(stream)).isEqualTo(clip.toByteArray());
        assertThat(stream)
                .contains("\"finish_reason\":\"stop\"", "\"audio_tokens\":", "\"id\":\"audio_")
                .endsWith("data: [DONE]\n\n");
    }

    @ParameterizedTest
    @CsvSource({"opus, true", "opus, false", "wav, true", "g711_ulaw, true", "g711_alaw, false"})
    void whatWasSaidInAFormatIsHeardAgain(String format, boolean isStreamed) throws Exception {
        String answer = answerTo(user("say: Good morning") + "," + AUDIO + format + "\"},\"stream\":" + isStreamed);
        byte[] sound = isStreamed
                ? soundIn(answer)
                : Base64.getDecoder().decode(at(answer, "choices", 0, "message", "audio", "data"));
        if (format.startsWith("g711")) {
            assertThat(sound.length / 8L).isBetween(300L, 5_000L);
            return;
        }
        String echo = answerTo(heard("repeat after me", format, sound) + "," + AUDIO + "pcm16\"}");
        byte[] pcm = Base64.getDecoder().decode(at(echo, "choices", 0, "message", "audio", "data"));
        String plain = answerTo(user("say: Good morning") + "," + AUDIO + "pcm16\"}");
        byte[] original = Base64.getDecoder().decode(at(plain, "choices", 0, "message", "audio", "data"));
        assertThat(millisOf(pcm)).isEqualTo(millisOf(original));
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void soundIsAnsweredInWriting(String stream) throws Exception {
        String answer = answerTo(heard("say: I heard it", "wav", Wav.write(QUESTION)) + ",\"stream\":" + stream);
        if (stream.equals("true")) assertThat(answer).contains("\"content\":").doesNotContain("\"audio\":");
        else assertThat(at(answer, "choices", 0, "message", "content")).isEqualTo("I heard it");
    }

    @Test
    void anEarlierAnswerIsQuotedByItsId() throws Exception {
        String first = answerTo(user("say: The word is marmalade") + "," + AUDIO + "wav\"}");
        String id = at(first, "choices", 0, "message", "audio", "id");
        String second = answerTo("\"messages\":[{\"role\":\"user\",\"content\":\"say: The word is marmalade\"},"
                + "{\"role\":\"assistant\",\"audio\":{\"id\":\"" + id + "\"}},"
                + "{\"role\":\"user\",\"content\":\"What did you say?\"}]," + AUDIO + "wav\"}");
        assertThat(at(second, "choices", 0, "message", "audio", "transcript")).contains("marmalade");
        HttpResponse<String> unknown = post(
                gateway,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"audio\":"
                        + "{\"id\":\"audio_unknown\"}},{\"role\":\"user\",\"content\":\"Hi\"}]," + AUDIO + "wav\"}}");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("\"code\":\"audio_not_found\"", "messages[1]");
    }

    @Test
    void aFaultOfTheModelIsAnHttpErrorOrTheLastEvent() throws Exception {
        String rest = "," + user("Hi") + "," + AUDIO + "pcm16\"},\"stream\":true}";
        HttpResponse<String> refused = post(gateway, "{\"model\":\"fault:429\"" + rest);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("rate_limit_exceeded");
        HttpResponse<String> cut = post(gateway, "{\"model\":\"fault:cut-base64\"" + rest);
        assertThat(cut.statusCode()).isEqualTo(200);
        assertThat(cut.body()).contains("\"data\":\"", "data: {\"error\":{").doesNotContain("[DONE]");
    }

    @Test
    void theProviderHearsWavOf24KilohertzWhateverTheClientSent() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream)) {
            AudioClip slow = Resampler.resample(QUESTION, 8_000);
            var answer = http.sendAsync(
                    HttpRequest.newBuilder(URI.create(base(scripted) + "/chat/completions"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"m\",\"seed\":7,\"max_tokens\":9,"
                                    + heard("Hi", "wav", Wav.write(slow)) + "}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            ScriptedUpstream.Connection connection = upstream.accept();
            String asked = connection.readRequest().body();
            assertThat(at(asked, "seed")).isEqualTo("7");
            assertThat(at(asked, "max_completion_tokens")).isEqualTo("9");
            byte[] wav = Base64.getDecoder().decode(at(asked, "messages", 0, "content", 1, "input_audio", "data"));
            AudioClip clip = Wav.read(wav);
            assertThat(clip.format()).isEqualTo(AudioFormat.PCM16_24KHZ);
            assertThat(clip.millis()).isBetween(QUESTION.millis() - 1, QUESTION.millis() + 1);
            connection.answer("Hello");
            assertThat(at(answer.get().body(), "choices", 0, "message", "content"))
                    .isEqualTo("Hello");
        }
    }

    @ParameterizedTest
    @CsvSource({"webm, chromium-speech.webm", "ogg, firefox-speech.ogg", "opus, ffmpeg-speech.ogg"})
    void theProviderHearsWavOfWhatABrowserRecorded(String format, String recording) throws Exception {
        AudioClip said = Wav.read(resource("speech.wav"));
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream)) {
            var answer = http.sendAsync(
                    HttpRequest.newBuilder(URI.create(base(scripted) + "/chat/completions"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"model\":\"m\"," + heard("Hi", format, resource(recording)) + "}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            ScriptedUpstream.Connection connection = upstream.accept();
            String asked = connection.readRequest().body();
            assertThat(at(asked, "messages", 0, "content", 1, "input_audio", "format"))
                    .isEqualTo("wav");
            AudioClip clip =
                    Wav.read(Base64.getDecoder().decode(at(asked, "messages", 0, "content", 1, "input_audio", "data")));
            assertThat(clip.format()).isEqualTo(AudioFormat.PCM16_24KHZ);
            assertThat(clip.millis()).isCloseTo(said.millis(), within(300L));
            assertThat(levelDbfs(clip)).isCloseTo(levelDbfs(said), within(2.0));
            connection.answer("Hello");
            assertThat(at(answer.get().body(), "choices", 0, "message", "content"))
                    .isEqualTo("Hello");
        }
    }

    private static double levelDbfs(AudioClip clip) {
        return Loudness.rmsDbfs(Unpooled.wrappedBuffer(clip.toByteArray()));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ChatCompletionsIT.class.getResourceAsStream("/media/" + name), name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void aClientThatGoesInTheMiddleEndsTheProvidersAnswer() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.open();
                Gateway scripted = gatewayOf(upstream);
                Socket client = new Socket(
                        InetAddress.getLoopbackAddress(), scripted.address().getPort())) {
            String body = "{\"model\":\"m\"," + user("Hi") + ",\"stream\":true}";
            client.getOutputStream()
                    .write(
                            ("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.UTF_8));
            ScriptedUpstream.Connection connection = upstream.accept();
            connection.readRequest();
            connection.sendStreamHead();
            connection.sendText("Hel");
            assertThat(client.getInputStream().read()).isEqualTo('H');
            client.shutdownOutput();
            assertThat(connection.isClosedByClient()).isTrue();
        }
    }

    private static Gateway gatewayOf(ScriptedUpstream upstream) {
        UpstreamSettings settings = UpstreamSettings.of(UpstreamEndpoint.openAi(upstream.baseUrl(), Credentials.NONE))
                .withPooling(new UpstreamSettings.Pooling(0, 30_000, 0));
        return Gateway.start(
                GatewayConfig.embedded().withModel(new GatewayConfig.Model.Provider("openai", settings, null)),
                TurnObserver.NONE);
    }

    private static ChatCompletionCreateParams params(String format) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-audio")
                .addUserMessage("say: Good morning")
                .modalities(
                        List.of(ChatCompletionCreateParams.Modality.TEXT, ChatCompletionCreateParams.Modality.AUDIO))
                .audio(ChatCompletionAudioParam.builder()
                        .voice("alloy")
                        .format(ChatCompletionAudioParam.Format.of(format))
                        .build())
                .build();
    }

    @Test
    void theOfficialJavaClientUnderstandsBoth() {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(base(gateway).toString())
                .apiKey("none")
                .build();
        try {
            ChatCompletion whole =
                    client.chat().completions().create(params("wav")).validate();
            assertThat(whole.choices().get(0).message().audio().orElseThrow().transcript())
                    .isEqualTo("Good morning");
            List<ChatCompletionChunk> chunks = new ArrayList<>();
            try (StreamResponse<ChatCompletionChunk> stream =
                    client.chat().completions().createStreaming(params("pcm16"))) {
                stream.stream().forEach(chunk -> chunks.add(chunk.validate()));
            }
            assertThat(chunks.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .flatMap(choice -> choice.finishReason().stream())
                            .map(Object::toString)
                            .collect(Collectors.toList()))
                    .containsExactly("stop");
        } finally {
            client.close();
        }
    }
}
