package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Wav;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.twin.speech.KnownSpeech;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cascade through the whole gateway: three models of the twin, without a key, which a client cannot tell from one that
 * hears and speaks. The client asks aloud, in the twin's own voice, so that the twin's transcription knows the words.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CascadeIT {
    private static final String MODELS = """
            models:
              gpt-4.1-voice:
                engine: cascade
                transcription: {upstream: local, model: gpt-4o-mini-transcribe}
                chat: {upstream: local, model: gpt-4.1}
                speech: {upstream: local, model: tts-1, voice: nova}
              gpt-realtime: {upstream: local, model: gpt-audio-1.5}
            """;
    private static final String EMBEDDED = """
            listen: 127.0.0.1:0
            twin: {time-to-first-audio-millis: 0, real-time-factor: 50}
            upstreams:
              - {name: local, embedded: true}
            """ + MODELS;
    private static final String CASCADE = "gpt-4.1-voice";
    private static final String FIRST = "The first sentence is a rather long one to be sure.";
    private static final String SECOND = "The second one follows it.";
    private static final String WHOLE = FIRST + " " + SECOND;
    private static final String PUSH_TO_TALK =
            "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
                    + "{\"turn_detection\":null}}}}";
    private static final String BY_VOICE =
            "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":{\"input\":"
                    + "{\"turn_detection\":{\"type\":\"server_vad\",\"create_response\":false}}}}}";

    @TempDir
    Path folder;

    private Gateway gateway;

    @BeforeAll
    void start(@TempDir Path settings) throws IOException {
        gateway = ConfiguredGateway.start(settings, EMBEDDED);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    private static PlainSocketClient call(Gateway called, String model, String settings) throws IOException {
        PlainSocketClient client = new PlainSocketClient(called.realtimeUrl(), model);
        client.await("session.created");
        client.send(settings);
        client.await("session.updated");
        return client;
    }

    private static void say(PlainSocketClient client, String words) throws IOException {
        for (byte[] frame : TestSpeech.frames(words)) client.append(frame);
        client.send("{\"type\":\"input_audio_buffer.commit\"}");
        client.askForResponse();
    }

    private static String wordsOf(byte[] pcm) {
        return String.valueOf(KnownSpeech.ofThisProcess().wordsOf(clip(pcm)));
    }

    private static AudioClip clip(byte[] pcm) {
        return AudioClip.of(AudioFormat.PCM16_24KHZ.sampleRateHz(), pcm);
    }

    @Test
    void eachSentenceIsWrittenAheadOfItsOwnSoundAndOfNoOther() throws IOException {
        try (PlainSocketClient client = call(gateway, CASCADE, PUSH_TO_TALK)) {
            say(client, "say: " + WHOLE);
            List<String> sentences = new ArrayList<>();
            List<ByteArrayOutputStream> sounds = new ArrayList<>();
            for (Frame event : client.readUntil("response.done")) {
                if (event.type().equals("response.output_audio_transcript.delta")) {
                    sentences.add(event.text("delta"));
                    sounds.add(new ByteArrayOutputStream());
                } else if (event.type().equals("response.output_audio.delta")) {
                    sounds.get(sounds.size() - 1).writeBytes(event.audio());
                }
            }
            assertThat(sentences).containsExactly(FIRST, " " + SECOND);
            assertThat(sounds).extracting(sound -> wordsOf(sound.toByteArray())).containsExactly(FIRST, SECOND);
        }
    }

    @Test
    void oneSessionTakesManyTurnsAloudInWritingAndOfBoth() throws IOException {
        try (PlainSocketClient client = call(gateway, CASCADE, PUSH_TO_TALK)) {
            say(client, "say: " + WHOLE);
            SpokenAnswer first = client.answer();
            assertThat(first.status()).isEqualTo("completed");
            assertThat(first.transcript()).isEqualTo(WHOLE);
            assertThat(wordsOf(first.sound().toByteArray())).isEqualTo(WHOLE);

            say(client, "What did you say?");
            SpokenAnswer second = client.answer();
            assertThat(second.transcript()).isEqualTo("I said: " + WHOLE);
            assertThat(wordsOf(second.sound().toByteArray())).isEqualTo("I said: " + WHOLE);

            client.write("What did I say?");
            client.send("{\"type\":\"response.create\",\"response\":{\"output_modalities\":[\"text\"]}}");
            List<Frame> written = client.readUntil("response.done");
            assertThat(written).extracting(Frame::type).doesNotContain("response.output_audio.delta");
            assertThat(only(written, "response.output_text.done").text("text"))
                    .isEqualTo("You said: What did you say?");

            say(client, "say: Goodbye.");
            assertThat(client.answer().transcript()).isEqualTo("Goodbye.");
        }
    }

    private static Frame only(List<Frame> frames, String type) {
        List<Frame> found =
                frames.stream().filter(frame -> frame.type().equals(type)).toList();
        assertThat(found).as(type).hasSize(1);
        return found.get(0);
    }

    @Test
    void aFunctionIsCalledAndItsResultSpoken() throws IOException {
        try (PlainSocketClient client = call(gateway, CASCADE, PUSH_TO_TALK)) {
            client.send(
                    "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"tools\":[{\"type\":\"function\","
                            + "\"name\":\"get_weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":"
                            + "{\"type\":\"string\"}},\"required\":[\"city\"]}}]}}");
            client.await("session.updated");
            say(client, "Please call get_weather for the city Prague.");
            Frame called = only(client.readUntil("response.done"), "response.function_call_arguments.done");
            assertThat(called.text("name")).isEqualTo("get_weather");
            assertThat(called.text("arguments")).contains("Prague");

            client.send(
                    "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\",\"call_id\":\""
                            + called.text("call_id") + "\",\"output\":\"Sunny and warm.\"}}");
            client.askForResponse();
            SpokenAnswer report = client.answer();
            assertThat(report.transcript()).contains("Sunny and warm.");
            assertThat(wordsOf(report.sound().toByteArray())).isEqualTo(report.transcript());
        }
    }

    @Test
    void aClientCannotTellItFromAModelThatSpeaks() throws IOException {
        Shape cascade = shapeOf(CASCADE);
        Shape audio = shapeOf("gpt-realtime");
        assertThat(cascade).isEqualTo(audio);
        assertThat(audio.types()).contains("response.output_audio.done", "response.content_part.done");
    }

    /**
     * What a client can see of an answer besides its words.
     *
     * @param types in the order in which each came first, deltas aside: which of them comes first is nobody's promise
     * @param fields of each type
     */
    private record Shape(Set<String> types, Set<String> fields) {}

    private Shape shapeOf(String model) throws IOException {
        try (PlainSocketClient client = call(gateway, model, PUSH_TO_TALK)) {
            client.write("say: " + WHOLE);
            client.askForResponse();
            Set<String> types = new LinkedHashSet<>();
            Set<String> fields = new TreeSet<>();
            for (Frame event : client.readUntil("response.done")) {
                if (!event.type().endsWith(".delta")) types.add(event.type());
                event.fields().keySet().forEach(field -> fields.add(event.type() + " " + field));
            }
            return new Shape(types, fields);
        }
    }

    @Test
    void whoInterruptsIsHeardAndNothingIsSaidOrAskedAnyMore() throws Exception {
        try (Twin twin = Twin.start(TwinSettings.defaults().withPace(0, 2));
                UpstreamTap tap = new UpstreamTap(twin);
                Gateway tapped = ConfiguredGateway.start(folder, """
                        listen: 127.0.0.1:0
                        upstreams:
                          - {name: local, url: '%s', key: sk-none}
                        """.replace("%s", tap.baseUrl()) + MODELS);
                PlainSocketClient client = call(tapped, CASCADE, BY_VOICE)) {
            client.write("speak for 40 seconds");
            client.askForResponse();
            SpokenAnswer answer = new SpokenAnswer(client.await("response.created"));
            while (!answer.hasMillis(6_000)) answer.add(client.next());
            for (byte[] frame : TestSpeech.frames("Stop now.")) client.append(frame);
            for (byte[] frame : TestSpeech.silence(700)) client.append(frame);
            while (!answer.add(client.next())) {}
            assertThat(answer.status()).isEqualTo("cancelled");
            client.await("input_audio_buffer.committed");

            // An answer that went on would be bytes on the wire for half a minute.
            await().pollInterval(Duration.ofMillis(800))
                    .atMost(Duration.ofSeconds(10))
                    .until(tap::hasFallenSilent);

            client.send("{\"type\":\"conversation.item.truncate\",\"item_id\":\"" + answer.itemId()
                    + "\",\"content_index\":0,\"audio_end_ms\":4000}");
            client.await("conversation.item.truncated");
            client.write("What did you say?");
            client.send("{\"type\":\"response.create\",\"response\":{\"output_modalities\":[\"text\"]}}");
            String known = client.await("response.output_text.done").text("text");
            String heard = known.substring("I said: ".length(), known.length() - 1);
            assertThat(answer.transcript()).startsWith(heard);
            assertThat(heard.length()).isBetween(20, answer.transcript().length() - 1);
        }
    }

    @Test
    void aCompletionInOnePieceIsAWavOfTheWholeAnswer() throws Exception {
        HttpResponse<byte[]> response = complete("wav", false);
        Frame whole = RestCaller.json(response, 200);
        assertThat(whole.text("choices", 0, "message", "audio", "transcript")).isEqualTo(WHOLE);
        byte[] wav = Base64.getDecoder().decode(whole.text("choices", 0, "message", "audio", "data"));
        assertThat(wordsOf(Wav.read(wav).toByteArray())).isEqualTo(WHOLE);
        assertThat(whole.text("model")).isEqualTo(CASCADE);
    }

    @Test
    void aCompletionIsStreamedSentenceBySentence() throws Exception {
        HttpResponse<byte[]> response = complete("pcm16", true);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(wordsOf(RestCaller.soundOf(response))).isEqualTo(WHOLE);
        assertThat(RestCaller.text(response))
                .contains("\"transcript\":\"" + FIRST + "\"", "\"transcript\":\" " + SECOND + "\"")
                .endsWith("data: [DONE]\n\n");
    }

    private HttpResponse<byte[]> complete(String format, boolean isStreamed) throws Exception {
        String question = Base64.getEncoder().encodeToString(Wav.write(clip(TestSpeech.pcm("say: " + WHOLE))));
        return new RestCaller(gateway, "")
                .post(
                        "/chat/completions",
                        "{\"model\":\"" + CASCADE
                                + "\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\","
                                + "\"format\":\"" + format + "\"},\"stream\":" + isStreamed
                                + ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\","
                                + "\"input_audio\":{\"format\":\"wav\",\"data\":\"" + question + "\"}}]}]}");
    }
}
