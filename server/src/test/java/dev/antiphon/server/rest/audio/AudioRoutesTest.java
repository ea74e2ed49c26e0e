package dev.antiphon.server.rest.audio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Loudness;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.media.OpusStreamEncoder;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.ScriptedUpstream.Request;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the model's server sees of a client's request, and what the client hears of its answer. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(30)
class AudioRoutesTest {
    private static final String BOUNDARY = "b0undary";
    private static final String SPEECH = "{\"model\":\"tts-1\",\"input\":\"Hello.\",\"voice\":\"alloy\"";
    private static final int OGG_SERIAL_AT = 14; // RFC 3533 §6
    private static final byte[] TONE = tone();

    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final AudioGateway gateway = new AudioGateway(upstream.baseUrl());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() throws IOException {
        gateway.close();
        upstream.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/audio/speech", "/audio/speech", "/openai/v1/audio/speech"})
    void speechIsHandedOnAsItComes(String path) throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = post(path, "application/json", utf8(SPEECH + "}"));
        Connection model = upstream.accept();
        Request asked = model.readRequest();
        assertThat(asked.line()).isEqualTo("POST /v1/audio/speech HTTP/1.1");
        assertThat(asked.body())
                .isEqualTo(
                        "{\"model\":\"tts-1\",\"input\":\"Hello.\",\"voice\":\"alloy\",\"response_format\":\"mp3\"}");
        respond(model, "200 OK", "audio/mpeg", new byte[] {1, 2, 3, -1});
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(type(response)).isEqualTo("audio/mpeg");
        assertThat(response.body()).containsExactly(1, 2, 3, -1);
        assertThat(usage()).contains("\"estimated_responses\":1,", "\"model\":\"tts-1\",\"responses\":1,");
    }

    @Test
    void everyWordOfASpeechRequestReachesTheModel() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = speech(
                "{\"unknown\":[{}],\"model\":\"m\",\"input\":\"\\u00e9\",\"voice\":{\"id\":\"voice_1\"},\"speed\":0.25,"
                        + "\"instructions\":\"Slowly.\",\"response_format\":\"pcm\",\"stream_format\":\"audio\"}");
        Connection model = upstream.accept();
        assertThat(model.readRequest().body())
                .isEqualTo(
                        "{\"model\":\"m\",\"input\":\"é\",\"voice\":{\"id\":\"voice_1\"},\"instructions\":\"Slowly.\","
                                + "\"response_format\":\"pcm\",\"speed\":0.25}");
        respond(model, "200 OK", "application/octet-stream", new byte[] {7, 7});
        assertThat(type(answer.get(5, TimeUnit.SECONDS))).isEqualTo("audio/pcm");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{ | null | invalid_json",
                "{} {} | null | invalid_json",
                "[] | \"body\" | invalid_type",
                "{\"input\":\"a\",\"voice\":\"a\"} | \"model\" | missing_required_parameter",
                "{\"model\":\"m\",\"voice\":\"a\"} | \"input\" | missing_required_parameter",
                "{\"model\":\"m\",\"input\":\"a\"} | \"voice\" | missing_required_parameter",
                "{\"model\":\"m\",\"input\":\"a\",\"voice\":null} | \"voice\" | missing_required_parameter",
                "{\"model\":7} | \"model\" | invalid_type",
                "{\"model\":\"\"} | \"model\" | invalid_value",
                "{\"input\":{}} | \"input\" | invalid_type",
                "{\"input\":\"\"} | \"input\" | invalid_value",
                "{\"voice\":7} | \"voice\" | invalid_type",
                "{\"voice\":{}} | \"voice.id\" | missing_required_parameter",
                "{\"voice\":{\"id\":7}} | \"voice.id\" | invalid_type",
                "{\"instructions\":7} | \"instructions\" | invalid_type",
                "{\"response_format\":\"ogg\"} | \"response_format\" | invalid_value",
                "{\"response_format\":1} | \"response_format\" | invalid_type",
                "{\"speed\":0.24} | \"speed\" | invalid_value",
                "{\"speed\":4.01} | \"speed\" | invalid_value",
                "{\"speed\":\"1\"} | \"speed\" | invalid_type",
                "{\"stream_format\":\"ndjson\"} | \"stream_format\" | invalid_value",
            })
    void aSpeechRequestAtFaultIsToldWhere(String body, String param, String code) throws Exception {
        HttpResponse<byte[]> response = speech(body).get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(utf8(response.body())).endsWith(",\"param\":" + param + ",\"code\":\"" + code + "\"}}");
    }

    @Test
    void inputMayHaveSoManyCharactersAndNoMore() throws Exception {
        String most = "\"" + "\uD83D\uDE00".repeat(4_096) + "\"";
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + ",\"input\":" + most + "}");
        Connection model = upstream.accept();
        assertThat(model.readRequest().body()).containsIgnoringCase("\\ud83d\\ude00".repeat(4_096));
        respond(model, "200 OK", "audio/mpeg", new byte[1]);
        assertThat(answer.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        String more = "\"" + "a".repeat(4_097) + "\"";
        assertThat(utf8(speech(SPEECH + ",\"input\":" + more + "}")
                        .get(5, TimeUnit.SECONDS)
                        .body()))
                .contains("input: 4097 characters (expected: at most 4096)", "\"code\":\"string_above_max_length\"");
    }

    @Test
    void eventsOfSpeechAreHandedOnAndCounted() throws Exception {
        byte[] recording = Files.readAllBytes(SharedFiles.require("fixtures/openai-audio-endpoints/speech-stream.sse"));
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + ",\"stream_format\":\"sse\"}");
        Connection model = upstream.accept();
        assertThat(model.readRequest().body()).contains("\"stream_format\":\"sse\"");
        respond(model, "200 OK", "text/event-stream; charset=utf-8", recording);
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(type(response)).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(response.body()).isEqualTo(recording);
        assertThat(usage())
                .contains("\"estimated_responses\":0,", "\"input_text_tokens\":10,", "\"output_audio_tokens\":93,");
    }

    @Test
    void wavIsMadeHereWhereTheModelRefusesIt() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + ",\"response_format\":\"wav\"}");
        Connection model = askedForSamplesInsteadOf("wav");
        respond(model, "200 OK", "audio/pcm", Arrays.copyOfRange(TONE, Wav.HEADER_BYTES, TONE.length));
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(type(response)).isEqualTo("audio/wav");
        assertThat(Wav.read(response.body())).isEqualTo(Wav.read(TONE));
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void opusIsMadeHereOfSamplesThatAreCutAnywhere() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + ",\"response_format\":\"opus\"}");
        Connection model = askedForSamplesInsteadOf("opus");
        byte[] pcm = Arrays.copyOfRange(TONE, Wav.HEADER_BYTES, TONE.length);
        model.send(ScriptedUpstream.head("HTTP/1.1 200 OK", "Content-Type: audio/pcm", "Transfer-Encoding: chunked"));
        for (int at = 0; at < pcm.length; at += 333) {
            byte[] piece = Arrays.copyOfRange(pcm, at, Math.min(pcm.length, at + 333));
            model.send(Integer.toHexString(piece.length) + "\r\n");
            model.send(piece);
            model.send("\r\n");
        }
        model.send("0\r\n\r\n");
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(type(response)).isEqualTo("audio/opus");
        assertThat(response.body()).isEqualTo(opusLike(response.body(), pcm));
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void aClientThatGoesWhileOpusIsMadeTakesItsCallWithIt() throws Exception {
        Connection model;
        try (Socket client = connect()) {
            send(client, speechRequest(SPEECH + ",\"response_format\":\"opus\"}"));
            model = askedForSamplesInsteadOf("opus");
            model.send(ScriptedUpstream.head("HTTP/1.1 200 OK", "Content-Type: audio/pcm", "Content-Length: 100000"));
            model.send(TONE);
            assertThat(client.getInputStream().read()).isEqualTo('H');
        }
        assertThat(model.isClosedByClient()).isTrue();
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void opusThatBreaksOffIsNotMadeWhole() throws Exception {
        try (Socket client = connect()) {
            send(client, speechRequest(SPEECH + ",\"response_format\":\"opus\"}"));
            Connection model = askedForSamplesInsteadOf("opus");
            model.send(ScriptedUpstream.head("HTTP/1.1 200 OK", "Content-Type: audio/pcm", "Content-Length: 100000"));
            model.send(TONE);
            model.close();
            assertThat(untilClosed(client)).startsWith("HTTP/1.1 200 OK\r\n").doesNotContain("\r\n0\r\n");
        }
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void aFormatThatNobodyMakesIsTheModelsRefusal() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + ",\"response_format\":\"aac\"}");
        Connection model = upstream.accept();
        model.readRequest();
        respond(model, "400 Bad Request", "application/json", utf8(error("invalid_value", "response_format")));
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(utf8(response.body())).contains("\"param\":\"response_format\",\"code\":\"invalid_value\"");
        assertThat(usage()).contains("\"total\":{\"responses\":0,");
    }

    @ParameterizedTest
    @CsvSource({
        "text/html, audio",
        "application/json, audio",
        "audio/mpeg, sse",
        "application/json, sse",
        "audio/x-canary, audio"
    })
    void whatWasNotAskedForIsNotHandedOn(String contentType, String streamFormat) throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer =
                speech(SPEECH + ",\"stream_format\":\"" + streamFormat + "\"}");
        Connection model = upstream.accept();
        model.readRequest();
        respond(model, "200 OK", contentType, utf8("canary"));
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(utf8(response.body())).contains("\"upstream_invalid\"").doesNotContain("canary");
        assertThat(type(response)).isEqualTo("application/json");
    }

    @ParameterizedTest
    @CsvSource({
        "400 Bad Request, 400, invalid_request_error, bad_code",
        "404 Not Found, 404, invalid_request_error, bad_code",
        "429 Too Many Requests, 429, invalid_request_error, bad_code",
        "401 Unauthorized, 502, server_error, upstream_unauthorized",
        "403 Forbidden, 502, server_error, upstream_unauthorized",
    })
    void aRefusalKeepsItsMeaning(String said, int status, String type, String code) throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer = speech(SPEECH + "}");
        Connection model = upstream.accept();
        model.readRequest();
        respond(model, said, "application/json", utf8(error("bad_code", "some.param")));
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(utf8(response.body()))
                .contains("\"type\":\"" + type + "\"", "\"code\":\"" + code + "\"")
                .doesNotContain("sk-canary");
    }

    @Test
    void anAnswerThatBreaksOffIsNotMadeWhole() throws Exception {
        try (Socket client = connect()) {
            send(client, speechRequest());
            Connection model = upstream.accept();
            model.readRequest();
            model.send(ScriptedUpstream.head("HTTP/1.1 200 OK", "Content-Type: audio/mpeg", "Content-Length: 100")
                    + "some");
            model.close();
            String answer = untilClosed(client);
            assertThat(answer)
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("4\r\nsome\r\n")
                    .doesNotContain("\r\n0\r\n");
        }
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void aClientThatGoesTakesItsCallWithIt() throws Exception {
        Connection model;
        try (Socket client = connect()) {
            send(client, speechRequest());
            model = upstream.accept();
            model.readRequest();
            model.send(ScriptedUpstream.head("HTTP/1.1 200 OK", "Content-Type: audio/mpeg", "Content-Length: 100")
                    + "some");
            assertThat(client.getInputStream().read()).isEqualTo('H');
        }
        assertThat(model.isClosedByClient()).isTrue();
        assertThat(usage()).contains("\"total\":{\"responses\":1,");
    }

    @Test
    void aConnectionIsKeptFromAnswerToAnswer() throws Exception {
        try (Socket client = connect()) {
            Connection model = null;
            for (int i = 0; i < 3; i++) {
                send(client, speechRequest());
                if (model == null) model = upstream.accept();
                model.readRequest();
                respond(model, "200 OK", "audio/mpeg", utf8("sound" + i));
                assertThat(until(client, "\r\n0\r\n\r\n")).contains("sound" + i);
            }
        }
    }

    @Test
    void aFormIsPassedOnInItsOrderWithTheFileAsWav() throws Exception {
        byte[] telephone = Wav.write(AudioClip.of(8_000, new byte[1_600]));
        CompletableFuture<HttpResponse<byte[]>> answer = transcription(
                part("language", "de"),
                part("timestamp_granularities[]", "word"),
                part("timestamp_granularities[]", "segment"),
                part("model", "whisper-1"),
                file("C:\\\\secret\\\\a.webm", telephone),
                part("response_format", "verbose_json"),
                part("include[0]", "logprobs"),
                part("chunking_strategy[type]", "server_vad"),
                part("something_new", "yes"));
        Connection model = upstream.accept();
        Request asked = model.readRequest();
        assertThat(asked.line()).isEqualTo("POST /v1/audio/transcriptions HTTP/1.1");
        String boundary =
                asked.headers().getOrDefault("content-type", "").replace("multipart/form-data; boundary=", "");
        assertThat(asked.body())
                .startsWith(fields(
                        boundary,
                        "language",
                        "de",
                        "timestamp_granularities[]",
                        "word",
                        "timestamp_granularities[]",
                        "segment",
                        "model",
                        "whisper-1",
                        "response_format",
                        "verbose_json",
                        "include[]",
                        "logprobs",
                        "chunking_strategy[type]",
                        "server_vad",
                        "something_new",
                        "yes"))
                .contains("Content-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\n"
                        + "Content-Type: audio/wav\r\n\r\nRIFF")
                .endsWith("\r\n--" + boundary + "--\r\n")
                .doesNotContain("secret");
        // 24,000 is C0 5D 00 00; the first of it is no UTF-8.
        assertThat(asked.body().charAt(asked.body().indexOf("RIFF") + 25)).isEqualTo((char) 0x5D);
        respond(model, "200 OK", "application/json", utf8("{\"text\":\"Hallo\"}"));
        assertThat(utf8(answer.get(5, TimeUnit.SECONDS).body())).isEqualTo("{\"text\":\"Hallo\"}");
        assertThat(usage()).contains("\"estimated_responses\":1,", "\"transcribed_seconds\":0.");
    }

    /** What a browser's recorder makes of the three seconds of {@code speech.wav}. */
    @ParameterizedTest
    @ValueSource(
            strings = {"chromium-speech.webm", "chromium-speech-16k.webm", "firefox-speech.ogg", "ffmpeg-speech.ogg"})
    void whatABrowserRecordedReachesTheModelAsWav(String recording) throws Exception {
        AudioClip said = Wav.read(resource("speech.wav"));
        CompletableFuture<HttpResponse<byte[]>> answer =
                transcription(part("model", "whisper-1"), file(recording, resource(recording)));
        Connection model = upstream.accept();
        Request asked = model.readRequest(ISO_8859_1);
        assertThat(asked.body()).contains("filename=\"audio.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF");
        AudioClip heard = Wav.read(fileIn(asked));
        assertThat(heard.format().sampleRateHz()).isEqualTo(24_000);
        assertThat(heard.millis()).isCloseTo(said.millis(), within(300L));
        assertThat(levelDbfs(heard)).isCloseTo(levelDbfs(said), within(2.0));
        respond(model, "200 OK", "application/json", utf8("{\"text\":\"Hello\"}"));
        assertThat(utf8(answer.get(5, TimeUnit.SECONDS).body())).isEqualTo("{\"text\":\"Hello\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "transcription-json.json, application/json",
        "transcription-verbose_json.json, application/json",
        "transcription-verbose_json-word+segment.json, application/json",
        "transcription-diarized-known-speakers.json, application/json",
        "transcription-srt.srt, text/plain; charset=utf-8",
        "transcription-vtt.vtt, text/plain; charset=utf-8",
        "transcription-text.txt, text/plain; charset=utf-8",
        "transcription-stream.sse, text/event-stream; charset=utf-8",
        "transcription-stream-diarized.sse, text/event-stream; charset=utf-8"
    })
    void transcriptsAreHandedOnByteForByte(String recording, String contentType) throws Exception {
        byte[] body = Files.readAllBytes(SharedFiles.require("fixtures/openai-audio-endpoints/" + recording));
        CompletableFuture<HttpResponse<byte[]>> answer = transcription(part("model", "m"), file("a.wav", TONE));
        Connection model = upstream.accept();
        model.readRequest();
        respond(model, "200 OK", contentType, body);
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(type(response)).isEqualTo(contentType);
        assertThat(response.body()).isEqualTo(body);
    }

    @Test
    void translationsHaveTheirOwnPath() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> answer =
                form("/v1/audio/translations", part("model", "whisper-1"), file("a.wav", TONE));
        Connection model = upstream.accept();
        assertThat(model.readRequest().line()).isEqualTo("POST /v1/audio/translations HTTP/1.1");
        respond(model, "200 OK", "application/json", utf8("{\"text\":\"Good day\"}"));
        assertThat(answer.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"ID3, audio.mp3, audio/mpeg", "fLaC, audio.flac, audio/flac"})
    void whatTheModelReadsItselfGoesThereUnchanged(String magic, String filename, String contentType) throws Exception {
        byte[] file = utf8(magic + "\u0004 and the rest of it");
        CompletableFuture<HttpResponse<byte[]>> answer = transcription(part("model", "m"), file("x", file));
        Connection model = upstream.accept();
        assertThat(model.readRequest().body())
                .contains("filename=\"" + filename + "\"\r\nContent-Type: " + contentType + "\r\n\r\n" + utf8(file)
                        + "\r\n--");
        respond(model, "200 OK", "application/json", utf8("{}"));
        assertThat(answer.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        assertThat(refusal(transcription(part("model", "m"), file("a.m4a", utf8("\0\0\0\u0018ftypM4A ")))))
                .contains("MP4 with AAC", "\"param\":\"file\",\"code\":\"unsupported_format\"");
        assertThat(refusal(transcription(part("model", "m"), file("a.wav", utf8("nothing known here")))))
                .contains("\"param\":\"file\",\"code\":\"unsupported_format\"");
        assertThat(refusal(transcription(part("model", "m"), file("a.wav", Arrays.copyOf(TONE, 20)))))
                .contains("\"param\":\"file\",\"code\":\"invalid_value\"");
    }

    @Test
    void aFormThatIsNotWholeIsToldWhatIsMissing() throws Exception {
        assertThat(refusal(transcription(part("model", "m")))).contains("\"param\":\"file\",\"code\":\"missing_req");
        assertThat(refusal(transcription(file("a", TONE)))).contains("\"param\":\"model\",\"code\":\"missing_req");
        assertThat(refusal(transcription(part("model", "m".repeat(257)), file("a", TONE))))
                .contains("\"param\":\"model\",\"code\":\"invalid_value\"");
        assertThat(refusal(post("/v1/audio/transcriptions", "multipart/form-data", TONE)))
                .contains("\"code\":\"invalid_multipart\"");
        assertThat(refusal(post("/v1/audio/transcriptions", "multipart/form-data; boundary=x", utf8("--x\r\n"))))
                .contains("\"code\":\"invalid_multipart\"");
        assertThat(post("/v1/audio/transcriptions", "application/json", utf8("{}"))
                        .get(5, TimeUnit.SECONDS)
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void aFileThatIsTooLongIsRefusedWhileItIsRead() throws Exception {
        try (Socket client = connect()) {
            send(
                    client,
                    "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n"
                            + "Content-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\n\r\n");
            byte[] start = file("a.wav", new byte[AudioGateway.MAX_FILE_BYTES + 100]);
            send(client, Integer.toHexString(start.length) + "\r\n");
            client.getOutputStream().write(start);
            client.getOutputStream().flush();
            // It is not over, and answered all the same.
            assertThat(untilClosed(client))
                    .startsWith("HTTP/1.1 413 ")
                    .contains("expected: at most " + AudioGateway.MAX_FILE_BYTES)
                    .contains("\"code\":\"body_too_large\"");
        }
    }

    private String usage() throws Exception {
        return http.send(HttpRequest.newBuilder(gateway.url("/v1/usage")).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private CompletableFuture<HttpResponse<byte[]>> speech(String json) {
        return post("/v1/audio/speech", "application/json", utf8(json));
    }

    private CompletableFuture<HttpResponse<byte[]>> transcription(byte[]... parts) {
        return form("/v1/audio/transcriptions", parts);
    }

    private CompletableFuture<HttpResponse<byte[]>> form(String path, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] part : parts) body.writeBytes(part);
        body.writeBytes(utf8("--" + BOUNDARY + "--\r\n"));
        return post(path, "multipart/form-data; boundary=" + BOUNDARY, body.toByteArray());
    }

    private CompletableFuture<HttpResponse<byte[]>> post(String path, String contentType, byte[] body) {
        return http.sendAsync(
                HttpRequest.newBuilder(gateway.url(path))
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", contentType)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String refusal(CompletableFuture<HttpResponse<byte[]>> answer) throws Exception {
        HttpResponse<byte[]> response = answer.get(5, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(400);
        return utf8(response.body());
    }

    private Socket connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        client.setSoTimeout(5_000);
        return client;
    }

    /** The model refuses the format and is asked again. */
    private Connection askedForSamplesInsteadOf(String format) throws IOException {
        Connection model = upstream.accept();
        assertThat(model.readRequest().body()).contains("\"response_format\":\"" + format + "\"");
        String refusal = error("invalid_value", "response_format");
        model.send(ScriptedUpstream.head(
                        "HTTP/1.1 400 Bad Request",
                        "Content-Type: application/json",
                        "Connection: close",
                        "Content-Length: " + refusal.length())
                + refusal);
        model.close();
        Connection next = upstream.accept();
        assertThat(next.readRequest().body()).contains("\"response_format\":\"pcm\"");
        return next;
    }

    /** The same samples coded at once, as a stream of the same number. */
    private static byte[] opusLike(byte[] ogg, byte[] pcm) {
        int serial = Unpooled.wrappedBuffer(ogg).getIntLE(OGG_SERIAL_AT);
        OpusStreamEncoder encoder = new OpusStreamEncoder(OpusStreamEncoder.SPEECH_BITS_PER_SECOND, serial);
        ByteBuf out = Unpooled.buffer();
        encoder.feed(Unpooled.wrappedBuffer(pcm), out);
        encoder.end(out);
        return ByteBufUtil.getBytes(out);
    }

    private static String speechRequest() {
        return speechRequest(SPEECH + "}");
    }

    private static String speechRequest(String body) {
        return "POST /v1/audio/speech HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(utf8(text));
        client.getOutputStream().flush();
    }

    private static String untilClosed(Socket client) throws IOException {
        return new String(client.getInputStream().readAllBytes(), ISO_8859_1);
    }

    private static String until(Socket client, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = client.getInputStream();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            if (next < 0) throw new AssertionError("closed after: " + text);
            text.append((char) next);
        }
        return text.toString();
    }

    private static void respond(Connection model, String status, String contentType, byte[] body) throws IOException {
        model.send(ScriptedUpstream.head(
                "HTTP/1.1 " + status, "Content-Type: " + contentType, "Content-Length: " + body.length));
        model.send(body);
    }

    private static String error(String code, String param) {
        return "{\"error\":{\"message\":\"Not so, sk-canary-0123456789abcdef.\",\"type\":\"invalid_request_error\","
                + "\"param\":\"" + param + "\",\"code\":\"" + code + "\"}}";
    }

    private static String fields(String boundary, String... namesAndValues) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + namesAndValues[i]
                    + "\"\r\n\r\n" + namesAndValues[i + 1] + "\r\n");
        }
        return body.toString();
    }

    private static byte[] part(String name, String value) {
        return utf8(
                "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n");
    }

    private static byte[] file(String name, byte[] content) {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        part.writeBytes(utf8("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                + "\"\r\n\r\n"));
        part.writeBytes(content);
        part.writeBytes(utf8("\r\n"));
        return part.toByteArray();
    }

    /** @param asked read as ISO 8859-1, its file the last part */
    private static byte[] fileIn(Request asked) {
        int start = asked.body().indexOf("RIFF");
        int end = asked.body().lastIndexOf("\r\n--", asked.body().length() - 4);
        return asked.body().substring(start, end).getBytes(ISO_8859_1);
    }

    private static double levelDbfs(AudioClip clip) {
        return Loudness.rmsDbfs(Unpooled.wrappedBuffer(clip.toByteArray()));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(AudioRoutesTest.class.getResourceAsStream("/media/" + name), name)) {
            return in.readAllBytes();
        }
    }

    private static byte[] tone() {
        byte[] pcm = new byte[9_600];
        for (int i = 0; i < pcm.length; i++) pcm[i] = (byte) (i * 37);
        return Wav.write(AudioClip.of(24_000, pcm));
    }

    private static String type(HttpResponse<?> response) {
        return response.headers().firstValue("content-type").orElse("none");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
