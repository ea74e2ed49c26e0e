package dev.antiphon.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.twin.speech.Speakers;
import dev.antiphon.server.twin.speech.TwinVoice;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the twin writes down, over real sockets. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinTranscriptionTest {
    private static final String BOUNDARY = "b0undary";
    private static final byte[] SPEECH =
            Wav.write(new Speakers().speak("Good morning, is this the bakery?", TwinVoice.ECHO));
    private static final byte[] UNKNOWN = Wav.write(AudioClip.of(24_000, noise(50_400)));

    private final Twin twin = Twin.start(TwinTest.AT_ONCE);
    private final TwinClient client = new TwinClient(twin.baseUrl());

    @AfterEach
    void close() {
        twin.close();
    }

    @Test
    void speechMadeInThisProcessIsWrittenDown() {
        HttpResponse<String> response = post(SPEECH, "whisper-1");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.body())
                .matches("\\{\"text\":\"Good morning, is this the bakery\\?\","
                        + "\"usage\":\\{\"type\":\"duration\",\"seconds\":[23]}}");
    }

    @Test
    void anAnswerOfItsOwnIsWrittenDown() {
        List<String> answer = client.stream("{\"model\":\"gpt-audio-1.5\",\"modalities\":[\"text\",\"audio\"],"
                + "\"audio\":{\"voice\":\"coral\",\"format\":\"pcm16\"},\"stream\":true,\"messages\":["
                + "{\"role\":\"user\",\"content\":\"say: The first one. The second one, too.\"}]}");
        byte[] wav = Wav.write(AudioClip.of(24_000, TwinClient.pcm(answer)));
        assertThat(TwinClient.first(List.of(post(wav, "whisper-1").body()), "text"))
                .isEqualTo("The first one. The second one, too.");
    }

    @Test
    void otherSpeechIsOnlyMeasured() throws IOException {
        byte[] question = Files.readAllBytes(SharedFiles.require("audio/question-24k-3.3s.wav"));
        assertThat(TwinClient.first(List.of(post(question, "gpt-4o-transcribe").body()), "text"))
                .isEqualTo("(3.3 seconds of speech that this model cannot read)");
    }

    @Test
    void tokensAreTenForEachSecond() {
        assertThat(post(UNKNOWN, "gpt-4o-mini-transcribe").body())
                .startsWith("{\"text\":\"(1.1 seconds of speech that this model cannot read)\",\"usage\":{\"type\":"
                        + "\"tokens\",\"total_tokens\":")
                .contains("\"input_tokens\":11,\"input_token_details\":{\"text_tokens\":0,\"audio_tokens\":11}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"whisper-1", "gpt-transcribe"})
    void someModelsCountSeconds(String model) {
        assertThat(post(UNKNOWN, model).body()).contains("\"usage\":{\"type\":\"duration\",\"seconds\":2}");
    }

    @Test
    void aStreamHasItsPiecesThenAllOfIt() throws IOException {
        HttpResponse<String> response = post(SPEECH, "gpt-4o-transcribe", "stream", "true");
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream; charset=utf-8");
        List<String> events = events(response.body());
        assertThat(events.get(0)).isEqualTo("{\"type\":\"transcript.text.delta\",\"delta\":\"Good\"}");
        assertThat(TwinClient.joined(events, "delta")).isEqualTo("Good morning, is this the bakery?");
        String done = events.get(events.size() - 2);
        assertThat(TwinClient.first(List.of(done), "text")).isEqualTo("Good morning, is this the bakery?");
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        String recording =
                Files.readString(SharedFiles.require("fixtures/openai-audio-endpoints/transcription-stream.sse"));
        List<String> recorded = events(recording);
        assertThat(keys(done)).isEqualTo(keys(recorded.get(recorded.size() - 2)));
    }

    @Test
    void whisperDoesNotStream() {
        assertThat(post(SPEECH, "whisper-1", "stream", "true").headers().firstValue("content-type"))
                .contains("application/json");
    }

    @ParameterizedTest
    @CsvSource({"fault:401, 401", "fault:429, 429", "fault:500, 500"})
    void aFaultThatIsAskedForIsHad(String model, int httpStatus) {
        assertThat(post(UNKNOWN, model).statusCode()).isEqualTo(httpStatus);
        assertThat(post(UNKNOWN, model, "stream", "true").statusCode()).isEqualTo(httpStatus);
    }

    @Test
    void aWebPageIsHadToo() {
        HttpResponse<String> page = post(UNKNOWN, "fault:html");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).contains("text/html");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "language | this should cause an error | Invalid language 'this should cause an error'. Language"
                        + " parameter must be specified in ISO-639-1 format. | language | invalid_language_format",
                "response_format | srt | response_format 'srt' is not compatible with model 'gpt-4o-transcribe'. Use"
                        + " 'json' instead. | response_format | unsupported_value",
                "response_format | xml | Invalid value: 'xml'. | response_format | invalid_value",
                "stream | perhaps | Invalid value: 'perhaps'. | stream | invalid_value",
                "model | fault:none | The model `fault:none` does not exist | model-is-no-param | model_not_found",
            })
    void aFieldThatCannotBeIsRefused(String field, String value, String message, String param, String code) {
        HttpResponse<String> response = post(UNKNOWN, "gpt-4o-transcribe", field, value);
        assertThat(response.statusCode()).isEqualTo(code.equals("model_not_found") ? 404 : 400);
        assertThat(response.body()).contains("\"message\": \"" + message).contains("\"code\": \"" + code + "\"");
        if (response.statusCode() == 400) assertThat(response.body()).contains("\"param\": \"" + param + "\"");
    }

    @Test
    void whisperWritesSubtitles() {
        HttpResponse<String> srt = post(SPEECH, "whisper-1", "response_format", "srt");
        assertThat(srt.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
        assertThat(srt.body())
                .matches("1\n00:00:00,000 --> 00:00:0[12],\\d{3}\nGood morning, is this the bakery\\?\n\n\n");
        assertThat(post(SPEECH, "whisper-1", "response_format", "vtt").body())
                .matches("WEBVTT\n\n00:00:00\\.000 --> 00:00:0[12]\\.\\d{3}\nGood morning, is this the bakery\\?\n\n");
        assertThat(post(SPEECH, "whisper-1", "response_format", "text").body())
                .isEqualTo("Good morning, is this the bakery?\n");
    }

    @Test
    void timesAreThoseThatWereAskedFor() {
        String segments =
                post(SPEECH, "whisper-1", "response_format", "verbose_json").body();
        assertThat(keys(segments))
                .containsExactly(
                        "task",
                        "language",
                        "duration",
                        "text",
                        "segments.id",
                        "segments.seek",
                        "segments.start",
                        "segments.end",
                        "segments.text",
                        "segments.temperature",
                        "segments.avg_logprob",
                        "segments.compression_ratio",
                        "segments.no_speech_prob",
                        "usage.type",
                        "usage.seconds");
        assertThat(segments).contains("\"task\":\"transcribe\"").doesNotContain("\"words\"");
        String words = form(
                        part("model", "whisper-1"),
                        part("response_format", "verbose_json"),
                        part("timestamp_granularities[]", "word"),
                        file("audio.wav", SPEECH))
                .body();
        assertThat(words).doesNotContain("\"segments\"").contains("\"words\":[{\"word\":\"Good\",\"start\":0.0,");
        assertThat(TwinClient.members(words).stream()
                        .filter(member -> member.getKey().equals("words.word"))
                        .map(member -> member.getValue()))
                .containsExactly("Good", "morning", "is", "this", "the", "bakery");
    }

    @Test
    void granularitiesNeedAFormatThatHasThem() {
        assertThat(post(SPEECH, "whisper-1", "timestamp_granularities[]", "word")
                        .body())
                .contains("\"param\": \"timestamp_granularities\"", "\"code\": \"unsupported_value\"");
        assertThat(form(
                                part("model", "whisper-1"),
                                part("response_format", "verbose_json"),
                                part("timestamp_granularities[]", "letter"),
                                file("audio.wav", SPEECH))
                        .body())
                .contains("\"param\": \"timestamp_granularities\"", "\"code\": \"invalid_value\"");
        assertThat(post(SPEECH, "whisper-1", "response_format", "diarized_json").body())
                .contains("\"param\": \"response_format\"", "\"code\": \"unsupported_value\"");
    }

    @Test
    void whisperTranslates() {
        assertThat(formTo("/audio/translations", part("model", "whisper-1"), file("audio.wav", SPEECH))
                        .body())
                .isEqualTo("{\"text\":\"Good morning, is this the bakery?\"}");
        assertThat(formTo(
                                "/audio/translations",
                                part("model", "whisper-1"),
                                part("response_format", "verbose_json"),
                                file("audio.wav", SPEECH))
                        .body())
                .startsWith("{\"task\":\"translate\",\"language\":\"english\",")
                .doesNotContain("usage");
        assertThat(formTo("/audio/translations", part("model", "gpt-4o-transcribe"), file("audio.wav", SPEECH))
                        .body())
                .contains("\"param\": \"model\"", "\"code\": \"invalid_value\"");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(form(part("model", "whisper-1")).body()).contains("\"param\": \"file\"");
        assertThat(form(file("audio.wav", UNKNOWN)).body()).contains("\"param\": \"model\"");
        assertThat(form(new byte[0]).statusCode()).isEqualTo(400);
        assertThat(client.post("/audio/transcriptions", "{}", "Content-Type", "application/json")
                        .body())
                .contains("Could not parse multipart form");
        assertThat(client.get("/audio/transcriptions").statusCode()).isEqualTo(405);
    }

    @Test
    void aFileThatCannotBeReadIsRefused() {
        byte[] model = part("model", "whisper-1");
        assertThat(form(model, file("audio.exe", UNKNOWN)).body())
                .contains("Invalid file format. Supported formats: ['flac', ");
        assertThat(form(model, file("audio.mp3", new byte[] {1, 2, 3})).body())
                .contains("Audio file might be corrupted or unsupported");
        byte[] brief = Wav.write(AudioClip.of(24_000, new byte[4_798]));
        assertThat(form(model, file("audio.wav", brief)).body()).contains("\"code\": \"audio_too_short\"");
        byte[] large = Wav.write(AudioClip.of(24_000, new byte[26_214_400]));
        assertThat(form(model, file("audio.wav", large)).statusCode()).isEqualTo(413);
    }

    private HttpResponse<String> post(byte[] wav, String model, String... field) {
        byte[] more = field.length == 0 ? new byte[0] : part(field[0], field[1]);
        return form(part("model", model), more, file("audio.wav", wav));
    }

    private HttpResponse<String> form(byte[]... parts) {
        return formTo("/audio/transcriptions", parts);
    }

    private HttpResponse<String> formTo(String path, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] part : parts) body.writeBytes(part);
        body.writeBytes(bytes("--" + BOUNDARY + "--\r\n"));
        return client.post(
                path, body.toByteArray(), "Content-Type", "multipart/form-data; boundary=\"" + BOUNDARY + "\"");
    }

    /** Names without quotes, as the official .NET client sends them. */
    private static byte[] part(String name, String value) {
        return bytes("--" + BOUNDARY + "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Disposition: form-data; name=" + name + "\r\n\r\n" + value + "\r\n");
    }

    private static byte[] file(String name, byte[] content) {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        part.writeBytes(bytes("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=file; filename=\"" + name
                + "\"; filename*=utf-8''" + name + "\r\n\r\n"));
        part.writeBytes(content);
        part.writeBytes(bytes("\r\n"));
        return part.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> events(String body) {
        return TwinClient.events(body.replace("\r\n", "\n").replaceFirst("\n+$", "\n\n"));
    }

    private static List<String> keys(String json) {
        return TwinClient.members(json).stream().map(member -> member.getKey()).toList();
    }

    private static byte[] noise(int bytes) {
        byte[] pcm = new byte[bytes];
        new Random(3).nextBytes(pcm);
        return pcm;
    }
}
