package dev.antiphon.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.twin.speech.KnownSpeech;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the twin says when it is asked for speech, over real sockets. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class TwinSpeechTest {
    private static final String WORDS = "The bakery opens at seven. It closes at noon.";
    private static final int WAV_HEADER_BYTES = 44;

    private final Twin twin = Twin.start(TwinTest.AT_ONCE);
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        twin.close();
    }

    @Test
    void pcmIsSpeechThatTheTwinItselfCanRead() {
        HttpResponse<byte[]> response = speak("\"response_format\":\"pcm\"");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "content-type")).isEqualTo("audio/pcm");
        assertThat(header(response, "transfer-encoding")).isEqualTo("chunked");
        assertThat(words(response.body())).isEqualTo(WORDS);
        AudioClip clip = AudioClip.of(24_000, response.body());
        HttpResponse<byte[]> transcript = new Form(Wav.write(clip)).post();
        assertThat(new String(transcript.body(), StandardCharsets.UTF_8)).contains("\"text\":\"" + WORDS + "\"");
    }

    @Test
    void wavHasAHeaderOfUnknownLength() {
        HttpResponse<byte[]> response = speak("\"response_format\":\"wav\"");
        assertThat(header(response, "content-type")).isEqualTo("audio/wav");
        ByteBuffer file = ByteBuffer.wrap(response.body()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(file.getInt(4)).as("RIFF size").isEqualTo(-1);
        assertThat(file.getInt(40)).as("data size").isEqualTo(-1);
        AudioClip clip = Wav.read(response.body());
        assertThat(clip.format().sampleRateHz()).isEqualTo(24_000);
        assertThat(clip.bytes()).isEqualTo(response.body().length - WAV_HEADER_BYTES);
        assertThat(words(clip.toByteArray())).isEqualTo(WORDS);
    }

    @Test
    void eventsAreThoseOfTheRecording() throws IOException {
        HttpResponse<byte[]> response = speak("\"response_format\":\"pcm\",\"stream_format\":\"sse\"");
        assertThat(header(response, "content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(header(response, "cache-control")).isEqualTo("no-store");
        List<String> events = events(new String(response.body(), StandardCharsets.UTF_8));
        List<String> recorded =
                events(Files.readString(SharedFiles.require("fixtures/openai-audio-endpoints/speech-stream.sse")));
        assertThat(keys(events.get(0))).isEqualTo(keys(recorded.get(0)));
        assertThat(keys(events.get(events.size() - 2))).isEqualTo(keys(recorded.get(recorded.size() - 2)));
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        for (int i = 0; i < events.size() - 2; i++) {
            byte[] piece = Base64.getDecoder().decode(TwinClient.first(List.of(events.get(i)), "audio"));
            if (i < events.size() - 3) assertThat(piece).hasSize(4_096);
            sound.writeBytes(piece);
        }
        assertThat(words(sound.toByteArray())).isEqualTo(WORDS);
        String done = events.get(events.size() - 2);
        int input = Integer.parseInt(TwinClient.first(List.of(done), "usage.input_tokens"));
        int output = Integer.parseInt(TwinClient.first(List.of(done), "usage.output_tokens"));
        assertThat(input).isEqualTo(11);
        assertThat(output).isEqualTo((sound.size() + 2_399) / 2_400);
        assertThat(TwinClient.first(List.of(done), "usage.total_tokens")).isEqualTo(Integer.toString(input + output));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 1.5, 2, 4})
    void speedChangesTheLengthAndTheWordsStay(double speed) {
        int plain = speak("\"response_format\":\"pcm\"").body().length;
        byte[] changed = speak("\"response_format\":\"pcm\",\"speed\":" + speed).body();
        assertThat(changed.length / (double) plain)
                .isCloseTo(1 / speed, org.assertj.core.data.Percentage.withPercentage(2));
        assertThat(words(changed)).isEqualTo(WORDS);
    }

    @Test
    void voicesDiffer() {
        byte[] alloy = speak("\"response_format\":\"pcm\"").body();
        byte[] nova = post("{\"model\":\"tts-1\",\"input\":\"" + WORDS
                        + "\",\"voice\":{\"id\":\"nova\"},\"response_format\":\"pcm\"}")
                .body();
        assertThat(nova).isNotEqualTo(alloy);
        assertThat(words(nova)).isEqualTo(WORDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mp3", "opus", "aac", "flac"})
    void whatTheTwinCannotMakeItRefusesAndSaysWhatItCan(String format) {
        HttpResponse<byte[]> response = speak("\"response_format\":\"" + format + "\"");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(new String(response.body(), StandardCharsets.UTF_8))
                .contains("'response_format' does not support '" + format + "'")
                .contains("Supported values are: 'pcm' and 'wav'.")
                .contains("\"code\": \"unsupported_value\"");
    }

    @Test
    void mp3IsTheDefaultAndRefusedToo() {
        assertThat(speak("\"instructions\":null").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[] | | We could not parse the JSON body",
                "{\"input\":\"a\",\"voice\":\"alloy\"} | | you must provide a model parameter",
                "{\"model\":\"m\",\"voice\":\"alloy\"} | input | Missing required parameter: 'input'.",
                "{\"model\":\"m\",\"input\":\"a\"} | voice | Missing required parameter: 'voice'.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":7} | voice | Invalid type for 'voice': expected a string.",
                "{\"model\":\"m\",\"input\":\"\",\"voice\":\"alloy\"} | input | Invalid 'input': empty string.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"bob\"} | voice | Invalid value: 'bob'. Supported values are: 'alloy'",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"alloy\",\"speed\":4.1} | speed | Invalid 'speed': decimal above maximum value. Expected a value <= 4.0, but got 4.1 instead.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"alloy\",\"speed\":0.2} | speed | Invalid 'speed': decimal below minimum value.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"alloy\",\"speed\":\"1\"} | speed | Invalid type for 'speed': expected a decimal number.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"alloy\",\"response_format\":\"x\"} | response_format | Invalid value: 'x'.",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":\"alloy\",\"response_format\":\"pcm\",\"stream_format\":\"x\"} | stream_format | Invalid value: 'x'.",
                "{\"model\":\"tts-1\",\"input\":\"a\",\"voice\":\"alloy\",\"response_format\":\"pcm\",\"stream_format\":\"sse\"} | stream_format | Unsupported value: 'stream_format' does not support 'sse' with this model.",
            })
    void whatCannotBeIsRefused(String body, String param, String message) {
        HttpResponse<byte[]> response = post(body);
        String refusal = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(refusal)
                .contains("\"message\": \"" + message)
                .contains("\"param\": " + (param == null ? "null" : "\"" + param + "\""));
    }

    @Test
    void tooLongAnInputIsRefused() {
        HttpResponse<byte[]> response =
                post("{\"model\":\"m\",\"voice\":\"alloy\",\"response_format\":\"pcm\",\"input\":\"" + "a".repeat(4_097)
                        + "\"}");
        assertThat(new String(response.body(), StandardCharsets.UTF_8))
                .contains("maximum length 4096, but got a string with length 4097 instead.")
                .contains("\"code\": \"string_above_max_length\"");
    }

    @Test
    void whatCannotBePronouncedIsAnEmptyBody() {
        HttpResponse<byte[]> response =
                post("{\"model\":\"m\",\"voice\":\"alloy\",\"response_format\":\"pcm\",\"input\":\"你好\"}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"fault:401, 401", "fault:429, 429", "fault:500, 500", "fault:none, 404"})
    void aFaultThatIsAskedForIsHad(String model, int httpStatus) {
        assertThat(post(order(model)).statusCode()).isEqualTo(httpStatus);
    }

    @Test
    void aBodyBreaksOffWhereItCannotReport() {
        for (String model : List.of("fault:cut-base64", "fault:error-event")) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> post(order(model))))
                    .as(model)
                    .isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void onlyPostIsAllowed() throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(twin.baseUrl() + "/audio/speech"))
                        .GET()
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(405);
    }

    private HttpResponse<byte[]> speak(String members) {
        return post("{\"model\":\"gpt-4o-mini-tts\",\"input\":\"" + WORDS + "\",\"voice\":\"alloy\"," + members + "}");
    }

    private static String order(String model) {
        return "{\"model\":\"" + model + "\",\"input\":\"" + WORDS
                + "\",\"voice\":\"alloy\",\"response_format\":\"pcm\"}";
    }

    private HttpResponse<byte[]> post(String json) {
        return send(HttpRequest.newBuilder(URI.create(twin.baseUrl() + "/audio/speech"))
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("").toLowerCase(Locale.ROOT);
    }

    private static String words(byte[] pcm) {
        return String.valueOf(KnownSpeech.ofThisProcess().wordsOf(AudioClip.of(24_000, pcm)));
    }

    private static List<String> events(String body) {
        assertThat(body).endsWith("\r\n\r\n");
        List<String> events = new ArrayList<>();
        for (String event : body.strip().split("\r\n\r\n", -1)) {
            assertThat(event).startsWith("data: ");
            events.add(event.substring("data: ".length()));
        }
        return events;
    }

    private static List<String> keys(String event) {
        return TwinClient.members(event).stream().map(Map.Entry::getKey).toList();
    }

    /** A request for a transcript. */
    private final class Form {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        Form(byte[] wav) {
            text("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n");
            text("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n");
            body.writeBytes(wav);
            text("\r\n--b--\r\n");
        }

        HttpResponse<byte[]> post() {
            return send(HttpRequest.newBuilder(URI.create(twin.baseUrl() + "/audio/transcriptions"))
                    .header("Content-Type", "multipart/form-data; boundary=b")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
        }

        private void text(String text) {
            body.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
    }
}
