package dev.antiphon.server.rest.audio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.media.OpusStreamEncoder;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.twin.speech.KnownSpeech;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Speech of the embedded model through the gateway, and back again as text. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
class AudioRoutesOnTwinTest {
    private static final String WORDS = "The bakery opens at seven. It closes at noon.";

    private final Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 1_000));
    private final AudioGateway gateway = new AudioGateway(twin.baseUrl().toString());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        gateway.close();
        twin.close();
    }

    @Test
    void pcmIsSpokenAsItIs() throws Exception {
        HttpResponse<byte[]> response = speak("\"response_format\":\"pcm\"");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(type(response)).isEqualTo("audio/pcm");
        assertThat(wordsOf(response.body())).isEqualTo(WORDS);
    }

    @Test
    void wavIsTheSameSpeechWithAHeader() throws Exception {
        HttpResponse<byte[]> response = speak("\"response_format\":\"wav\"");
        assertThat(type(response)).isEqualTo("audio/wav");
        AudioClip clip = Wav.read(response.body());
        assertThat(clip.format().sampleRateHz()).isEqualTo(24_000);
        assertThat(clip.toByteArray())
                .isEqualTo(speak("\"response_format\":\"pcm\"").body());
    }

    @Test
    void eventsOfSpeechAreCountedAndEndWithWhatTheyCost() throws Exception {
        HttpResponse<byte[]> response = speak("\"response_format\":\"pcm\",\"stream_format\":\"sse\"");
        assertThat(type(response)).isEqualTo("text/event-stream; charset=utf-8");
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        String done = "";
        for (String event : new String(response.body(), UTF_8).split("(?:\r?\n){2}", -1)) {
            if (!event.startsWith("data: {")) continue;
            String json = event.substring("data: ".length());
            switch (at(json, "type")) {
                case "speech.audio.delta" ->
                    sound.writeBytes(Base64.getDecoder().decode(at(json, "audio")));
                case "speech.audio.done" -> done = json;
                default -> throw new AssertionError(json);
            }
        }
        assertThat(wordsOf(sound.toByteArray())).isEqualTo(WORDS);
        int spokenTokens = Integer.parseInt(at(done, "usage", "output_tokens"));
        assertThat(spokenTokens).isPositive();
        assertThat(usage()).contains("\"estimated_responses\":0,", "\"output_audio_tokens\":" + spokenTokens + ",");
    }

    /** The model makes none; the gateway does, of its samples. */
    @Test
    void opusIsSpokenToo() throws Exception {
        HttpResponse<byte[]> response = speak("\"response_format\":\"opus\"");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(type(response)).isEqualTo("audio/opus");
        assertThat(new String(response.body(), 0, 4, UTF_8)).isEqualTo("OggS");
        assertThat(response.body().length)
                .isLessThan(speak("\"response_format\":\"pcm\"").body().length / 5);
        assertThat(transcriptOf("/v1/audio/transcriptions", response.body())).isEqualTo(WORDS);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 2, 4})
    void speedChangesTheLengthAndTheWordsStay(double speed) throws Exception {
        int plain = speak("\"response_format\":\"pcm\"").body().length;
        byte[] changed = speak("\"response_format\":\"pcm\",\"speed\":" + speed).body();
        assertThat(changed.length * speed / plain).isCloseTo(1, within(0.02));
        assertThat(wordsOf(changed)).isEqualTo(WORDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"response_format\":\"mp3\"", "\"speed\":1", "\"response_format\":\"flac\""})
    void aFormatThatNobodyMakesIsRefusedWithThoseThatThereAre(String members) throws Exception {
        HttpResponse<byte[]> response = speak(members);
        assertThat(response.statusCode()).isEqualTo(400);
        String refusal = new String(response.body(), UTF_8);
        assertThat(at(refusal, "error", "message")).contains("response_format", "'pcm' and 'wav'");
        assertThat(at(refusal, "error", "param")).isEqualTo("response_format");
        assertThat(at(refusal, "error", "code")).isEqualTo("unsupported_value");
        assertThat(at(usage(), "total", "responses")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/audio/transcriptions", "/v1/audio/translations"})
    void whatWasSpokenAndRecordedInOpusIsReadAgain(String path) throws Exception {
        byte[] recorded = inOpus(speak("\"response_format\":\"pcm\"").body());
        assertThat(transcriptOf(path, recorded)).isEqualTo(WORDS);
    }

    private String transcriptOf(String path, byte[] file) throws Exception {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.writeBytes(partHead("model\""));
        form.writeBytes("whisper-1".getBytes(UTF_8));
        form.writeBytes(partHead("file\"; filename=\"a.ogg\""));
        form.writeBytes(file);
        form.writeBytes("\r\n--b--\r\n".getBytes(UTF_8));
        HttpResponse<byte[]> response = post(path, "multipart/form-data; boundary=b", form.toByteArray());
        return at(new String(response.body(), UTF_8), "text");
    }

    private static byte[] partHead(String nameAndMore) {
        return ("\r\n--b\r\nContent-Disposition: form-data; name=\"" + nameAndMore + "\r\n\r\n").getBytes(UTF_8);
    }

    private HttpResponse<byte[]> speak(String members) throws Exception {
        String body = "{\"model\":\"gpt-4o-mini-tts\",\"input\":\"" + WORDS + "\",\"voice\":\"alloy\"," + members + "}";
        return post("/v1/audio/speech", "application/json", body.getBytes(UTF_8));
    }

    private HttpResponse<byte[]> post(String path, String contentType, byte[] body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(gateway.url(path))
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", contentType)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private String usage() throws Exception {
        return http.send(HttpRequest.newBuilder(gateway.url("/v1/usage")).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static byte[] inOpus(byte[] pcm) {
        OpusStreamEncoder encoder = new OpusStreamEncoder(OpusStreamEncoder.SPEECH_BITS_PER_SECOND, 7);
        ByteBuf ogg = Unpooled.buffer();
        encoder.feed(Unpooled.wrappedBuffer(pcm), ogg);
        encoder.end(ogg);
        return ByteBufUtil.getBytes(ogg);
    }

    private static String wordsOf(byte[] pcm) {
        return String.valueOf(KnownSpeech.ofThisProcess().wordsOf(AudioClip.of(24_000, pcm)));
    }

    private static String type(HttpResponse<?> response) {
        return response.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
    }

    private static String at(String json, Object... path) {
        return String.valueOf(JsonTree.at(JsonTree.parse(json.getBytes(UTF_8)), path));
    }
}
