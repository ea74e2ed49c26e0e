package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.Wav;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.twin.speech.KnownSpeech;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that was to speak and writes, with another to speak for it: the client hears every word. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpokenFallbackIT {
    private static final String WORDS = "Here you are. That is all there is to it.";

    private Gateway gateway;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        gateway = ConfiguredGateway.start(folder, """
                listen: 127.0.0.1:0
                twin: {time-to-first-audio-millis: 0, real-time-factor: 50}
                upstreams:
                  - {name: local, embedded: true}
                models:
                  gpt-realtime:
                    upstream: {upstream: local, model: gpt-audio-1.5}
                    speech: {upstream: local, model: tts-1, voice: nova}
                  writer:
                    upstream: {upstream: local, model: 'fault:no-audio'}
                    speech: {upstream: local, model: tts-1}
                  mute: {upstream: local, model: 'fault:no-audio'}
                """);
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    private SpokenAnswer answer(String model, String question) throws IOException {
        try (PlainSocketClient client = new PlainSocketClient(gateway.realtimeUrl(), model)) {
            client.await("session.created");
            client.write(question);
            client.askForResponse();
            return client.answer();
        }
    }

    private static String wordsOf(SpokenAnswer answer) {
        return String.valueOf(KnownSpeech.ofThisProcess().wordsOf(answer.sound()));
    }

    @ParameterizedTest
    @CsvSource({"gpt-realtime, 'answer in text, say: '", "writer, 'say: '", "gpt-realtime, 'say: '"})
    void whatIsWrittenIsHeardAndWhatIsSpokenIsHeardOnce(String model, String direction) throws IOException {
        SpokenAnswer answer = answer(model, direction + WORDS);
        assertThat(answer.status()).isEqualTo("completed");
        assertThat(answer.transcript()).isEqualTo(WORDS);
        assertThat(wordsOf(answer)).isEqualTo(WORDS);
    }

    @Test
    void withoutAnotherVoiceItIsOnlyRead() throws IOException {
        SpokenAnswer answer = answer("mute", "say: " + WORDS);
        assertThat(answer.sound().millis()).isZero();
        assertThat(answer.transcript()).isEqualTo(WORDS);
    }

    @Test
    void aCompletionIsSpokenToo() throws Exception {
        Frame whole = RestCaller.json(
                new RestCaller(gateway, "")
                        .post(
                                "/chat/completions",
                                "{\"model\":\"writer\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":"
                                        + "\"alloy\",\"format\":\"wav\"},\"messages\":[{\"role\":\"user\",\"content\":"
                                        + "\"say: " + WORDS + "\"}]}"),
                200);
        assertThat(whole.text("choices", 0, "message", "audio", "transcript")).isEqualTo(WORDS);
        byte[] wav = Base64.getDecoder().decode(whole.text("choices", 0, "message", "audio", "data"));
        assertThat(KnownSpeech.ofThisProcess().wordsOf(Wav.read(wav))).isEqualTo(WORDS);
    }
}
