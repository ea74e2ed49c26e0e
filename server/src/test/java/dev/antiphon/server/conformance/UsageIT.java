package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.Gateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client is told that it has used, after whatever it did: the tokens by what became of them, and the money. */
@Timeout(60)
class UsageIT {
    private static final String ALICE = "sk-alice-0123456789";
    private static final String BOB = "sk-bob-0123456789";
    private static final double MILLION = 1e6;
    private static final String SETTINGS = """
            listen: 127.0.0.1:0
            api-keys: [sk-alice-0123456789, sk-bob-0123456789]
            twin: {time-to-first-audio-millis: 0, real-time-factor: 10}
            upstreams:
              - {name: local, embedded: true}
            models:
              gpt-realtime: {upstream: local, model: gpt-audio-1.5}
              broken: {upstream: local, model: 'fault:error-event'}
              refused: {upstream: local, model: 'fault:401'}
              whisper-1: {upstream: local, model: gpt-4o-mini-transcribe}
              tts: {upstream: local, model: tts-1}
              voice:
                engine: cascade
                transcription: {upstream: local, model: gpt-4o-mini-transcribe}
                chat: {upstream: local, model: gpt-4.1}
                speech: {upstream: local, model: tts-1, voice: nova}
            prices:
              currency: EUR
              models:
                gpt-audio-1.5: {text-input: 1000, text-output: 2000, audio-input: 3000, audio-output: 4000}
                gpt-4.1: {text-input: 5000, text-output: 6000}
                gpt-4o-mini-transcribe: {audio-input: 7000, text-output: 8000}
                tts-1: {characters: 9000}
            """;

    @TempDir
    Path folder;

    private Gateway gateway;

    @BeforeEach
    void start() throws IOException {
        gateway = ConfiguredGateway.start(folder, SETTINGS);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private PlainSocketClient call(String model) throws IOException {
        PlainSocketClient client =
                PlainSocketClient.unordered(gateway.realtimeUrl(), model, "Authorization: Bearer " + ALICE);
        client.await("session.created");
        client.send("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
                + "{\"turn_detection\":null}}}}");
        client.await("session.updated");
        return client;
    }

    private Frame usage(String key) throws IOException, InterruptedException {
        return RestCaller.json(new RestCaller(gateway, key).get("/usage"), 200);
    }

    /** The bill of one model. */
    private Frame bill(String model) throws IOException, InterruptedException {
        for (Object each : usage(ALICE).list("models")) {
            @SuppressWarnings("unchecked") // keys of a JSON object are strings
            Frame bill = new Frame((Map<String, Object>) each);
            if (bill.text("model").equals(model)) return bill;
        }
        throw new AssertionError(model + " is not among " + usage(ALICE));
    }

    /** The bill of one model, once it has as many responses. */
    private Frame billOf(String model, int responses) {
        return await().atMost(Duration.ofSeconds(10))
                .ignoreExceptionsInstanceOf(AssertionError.class)
                .until(() -> bill(model), found -> found.integer("responses") == responses);
    }

    private static void requireNothing(Frame bill, String share) {
        for (String tokens : List.of("input_text", "input_audio", "output_text", "output_audio")) {
            assertThat(bill.integer(share, tokens + "_tokens"))
                    .as(share + " " + tokens)
                    .isZero();
        }
        assertThat(money(bill, share)).isZero();
    }

    private static double money(Frame bill, String share) {
        return Double.parseDouble(String.valueOf(bill.at(share, "cost")));
    }

    private static double priced(Frame bill, String share) {
        return (bill.integer(share, "input_text_tokens") * 1000
                        + bill.integer(share, "input_audio_tokens") * 3000
                        + bill.integer(share, "output_text_tokens") * 2000
                        + bill.integer(share, "output_audio_tokens") * 4000)
                / MILLION;
    }

    @Test
    void aTurnIsCountedAsItsProviderCountsItAndByItsOwnKeyAlone() throws Exception {
        try (PlainSocketClient client = call("gpt-realtime")) {
            for (byte[] frame : TestSpeech.frames("How do you do?")) client.append(frame);
            client.send("{\"type\":\"input_audio_buffer.commit\"}");
            client.askForResponse();
            Frame done = client.await("response.done");
            Frame bill = billOf("gpt-realtime", 1);
            for (String kind : List.of("text", "audio")) {
                assertThat(bill.integer("heard", "input_" + kind + "_tokens"))
                        .isEqualTo(done.integer("response", "usage", "input_token_details", kind + "_tokens"));
                assertThat(bill.integer("heard", "output_" + kind + "_tokens"))
                        .isEqualTo(done.integer("response", "usage", "output_token_details", kind + "_tokens"))
                        .isPositive();
            }
            requireNothing(bill, "unheard");
            requireNothing(bill, "failed");
            assertThat(bill.integer("estimated_responses")).isZero();
            assertThat(bill.integer("unpriced_responses")).isZero();
            assertThat(money(bill, "heard")).isPositive().isCloseTo(priced(bill, "heard"), within(1e-6));
        }
        assertThat(usage(ALICE).text("currency")).isEqualTo("EUR");
        assertThat(usage(BOB).integer("total", "responses")).isZero();
        assertThat(usage(BOB).list("models")).isEmpty();
        assertThat(usage(BOB).list("responses")).isEmpty();
    }

    @Test
    void ofATurnThatWasCancelledTheRestIsUnheard() throws Exception {
        try (PlainSocketClient client = call("gpt-realtime")) {
            SpokenAnswer answer = listenFor(client, 3_000);
            client.send("{\"type\":\"response.cancel\"}");
            while (!answer.add(client.next())) {}
            assertThat(answer.status()).isEqualTo("cancelled");
            client.send("{\"type\":\"conversation.item.truncate\",\"item_id\":\"" + answer.itemId()
                    + "\",\"content_index\":0,\"audio_end_ms\":1000}");
            client.await("conversation.item.truncated");
            Frame bill = billOf("gpt-realtime", 1);
            assertThat(bill.integer("heard", "output_audio_tokens")).isBetween(18L, 21L);
            assertThat(bill.integer("unheard", "output_audio_tokens")).isGreaterThan(30);
            assertThat(bill.integer("heard", "input_text_tokens")).isPositive();
            assertThat(money(bill, "unheard")).isPositive().isCloseTo(priced(bill, "unheard"), within(1e-6));
            assertThat(bill.integer("estimated_responses")).isEqualTo(1);
            requireNothing(bill, "failed");
        }
    }

    private static SpokenAnswer listenFor(PlainSocketClient client, long millis) throws IOException {
        client.write("speak for 60 seconds");
        client.askForResponse();
        SpokenAnswer answer = new SpokenAnswer(client.await("response.created"));
        while (!answer.hasMillis(millis)) answer.add(client.next());
        return answer;
    }

    @Test
    void whatAClientThatVanishedDidNotHearIsCountedToo() throws Exception {
        PlainSocketClient client = call("gpt-realtime");
        listenFor(client, 3_000);
        client.vanish();
        Frame bill = billOf("gpt-realtime", 1);
        assertThat(bill.integer("unheard", "output_audio_tokens")).isPositive();
        assertThat(bill.integer("estimated_responses")).isEqualTo(1);
        requireNothing(bill, "failed");
    }

    @Test
    void ofATurnThatFailedTheQuestionIsPaidForInVain() throws Exception {
        try (PlainSocketClient client = call("broken")) {
            ask(client);
            requireInVain();
        }
    }

    @Test
    void ofACompletionThatFailedTheQuestionIsPaidForInVain() throws Exception {
        assertThat(complete(aloud("broken", "Are you there?", false)).statusCode())
                .isEqualTo(502);
        requireNothing(requireInVain(), "heard");
    }

    private static void ask(PlainSocketClient client) throws IOException {
        client.write("Are you there?");
        client.askForResponse();
        assertThat(client.await("response.done").text("response", "status")).isEqualTo("failed");
    }

    private Frame requireInVain() {
        Frame bill = billOf("broken", 1);
        requireNothing(bill, "unheard");
        assertThat(bill.integer("failed", "input_text_tokens")).isPositive();
        assertThat(bill.integer("heard", "output_audio_tokens") + bill.integer("failed", "output_audio_tokens"))
                .isPositive();
        assertThat(bill.integer("estimated_responses")).isEqualTo(1);
        assertThat(bill.integer("unpriced_responses"))
                .as("its model has no price")
                .isEqualTo(1);
        return bill;
    }

    @Test
    void whatIsRefusedCostsNothing() throws Exception {
        try (PlainSocketClient client = call("refused")) {
            ask(client);
        }
        assertThat(complete(aloud("refused", "Are you there?", true)).statusCode())
                .isEqualTo(502);
        assertThat(complete(aloud("refused", "Are you there?", false).replace("pcm16", "mp3"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(usage(ALICE).integer("total", "responses")).isZero();
    }

    private HttpResponse<byte[]> complete(String json) throws IOException, InterruptedException {
        return new RestCaller(gateway, ALICE).post("/chat/completions", json);
    }

    private static String aloud(String model, String words, boolean isStreamed) {
        return "{\"model\":\"" + model + "\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\","
                + "\"format\":\"pcm16\"},\"stream\":" + isStreamed
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + words + "\"}]}";
    }

    @Test
    void aCompletionIsCountedAsItIsTold() throws Exception {
        Frame told = RestCaller.json(complete(aloud("gpt-realtime", "say: That is all.", false)), 200);
        Frame bill = billOf("gpt-realtime", 1);
        assertThat(bill.integer("heard", "input_text_tokens"))
                .isEqualTo(told.integer("usage", "prompt_tokens_details", "text_tokens"))
                .isPositive();
        assertThat(bill.integer("heard", "output_audio_tokens"))
                .isEqualTo(told.integer("usage", "completion_tokens_details", "audio_tokens"))
                .isPositive();
        assertThat(money(bill, "heard")).isCloseTo(priced(bill, "heard"), within(1e-6));
        assertThat(bill.integer("estimated_responses")).isZero();
    }

    @Test
    void ofACompletionThatWasAbandonedWhatHadComeIsEstimated() throws Exception {
        byte[] body = aloud("gpt-realtime", "speak for 60 seconds", true).getBytes(StandardCharsets.UTF_8);
        try (Socket socket =
                new Socket(gateway.address().getAddress(), gateway.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ALICE
                                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            // Two seconds of sound in base64.
            assertThat(socket.getInputStream().readNBytes(130_000)).hasSize(130_000);
        }
        Frame bill = billOf("gpt-realtime", 1);
        assertThat(bill.integer("unheard", "input_text_tokens")).isPositive();
        assertThat(bill.integer("unheard", "output_audio_tokens")).isGreaterThan(30);
        assertThat(bill.integer("unheard", "output_text_tokens")).isPositive();
        assertThat(bill.integer("estimated_responses")).isEqualTo(1);
        requireNothing(bill, "heard");
        requireNothing(bill, "failed");
    }

    @Test
    void speechIsPaidByItsCharactersAndATranscriptByWhatWasHeard() throws Exception {
        RestCaller rest = new RestCaller(gateway, ALICE);
        String words = "Nine characters more than you think.";
        byte[] wav = rest.post(
                        "/audio/speech",
                        "{\"model\":\"tts\",\"input\":\"" + words
                                + "\",\"voice\":\"alloy\",\"response_format\":\"wav\"}")
                .body();
        Frame spoken = billOf("tts", 1);
        assertThat(spoken.integer("heard", "spoken_characters")).isEqualTo(words.length());
        assertThat(money(spoken, "heard")).isCloseTo(words.length() * 9_000 / MILLION, within(1e-6));

        Frame transcript = RestCaller.json(
                rest.post("/audio/transcriptions", "multipart/form-data; boundary=x", form("whisper-1", wav)), 200);
        assertThat(transcript.text("text")).isEqualTo(words);
        Frame heard = billOf("whisper-1", 1);
        assertThat(heard.integer("heard", "input_audio_tokens"))
                .isEqualTo(transcript.integer("usage", "input_token_details", "audio_tokens"));
        assertThat(money(heard, "heard")).isPositive();
    }

    private static byte[] form(String model, byte[] wav) throws IOException {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.write(("--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" + model
                        + "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                        + "Content-Type: audio/wav\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        form.write(wav);
        form.write("\r\n--x--\r\n".getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }

    @Test
    void aCascadeCostsWhatItsThreeModelsCost() throws Exception {
        try (PlainSocketClient client = call("voice")) {
            for (byte[] frame : TestSpeech.frames("say: One. And this is the second sentence.")) client.append(frame);
            client.send("{\"type\":\"input_audio_buffer.commit\"}");
            client.askForResponse();
            assertThat(client.await("response.done").text("response", "status")).isEqualTo("completed");
            requireThreeBills("One.And this is the second sentence."); // who hangs up has not heard the end
        }
    }

    @Test
    void aCompletionOfACascadeCostsWhatItsThreeModelsCost() throws Exception {
        byte[] wav = Wav.write(AudioClip.of(
                AudioFormat.PCM16_24KHZ.sampleRateHz(), TestSpeech.pcm("say: One. And this is the second sentence.")));
        String question = Base64.getEncoder().encodeToString(wav);
        RestCaller.json(
                complete("{\"model\":\"voice\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\","
                        + "\"format\":\"wav\"},\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
                        + "\"input_audio\":{\"format\":\"wav\",\"data\":\"" + question + "\"}}]}]}"),
                200);
        requireThreeBills("One.And this is the second sentence.");
    }

    private void requireThreeBills(String spoken) {
        Frame chat = billOf("voice", 1);
        assertThat(chat.integer("heard", "output_text_tokens")).isPositive();
        assertThat(money(chat, "heard"))
                .isCloseTo(
                        (chat.integer("heard", "input_text_tokens") * 5000
                                        + chat.integer("heard", "output_text_tokens") * 6000)
                                / MILLION,
                        within(1e-6));
        Frame transcription = billOf("gpt-4o-mini-transcribe", 1);
        assertThat(transcription.integer("heard", "input_audio_tokens")).isPositive();
        assertThat(money(transcription, "heard")).isPositive();
        Frame speech = billOf("tts-1", 2);
        assertThat(speech.integer("heard", "spoken_characters")).isEqualTo(spoken.length());
        assertThat(money(speech, "heard")).isCloseTo(spoken.length() * 9_000 / MILLION, within(1e-6));
    }
}
