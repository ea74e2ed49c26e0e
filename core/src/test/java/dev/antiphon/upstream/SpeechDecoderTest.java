package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed text to speech; {@link GoldenRecordingsTest} reads a recorded one. */
@ExtendWith(NoBufferLeaks.class)
class SpeechDecoderTest {
    private static final String DELTA = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AQID\"}\r\n\r\n";
    private static final String USED =
            "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":4}}\r\n\r\n";
    private static final String DONE = "data: [DONE]\r\n\r\n";

    @Test
    void saysItsSoundAndItsUsage() {
        List<String> said = everyCut(200, "text/event-stream", DELTA + DELTA + USED + DONE);
        assertThat(said).hasSize(4);
        assertThat(said.get(0)).startsWith("sound 3 ");
        assertThat(said.get(2)).startsWith("all 6 ");
        assertThat(said.get(3)).isEqualTo("completed " + new SpeechUsage(1, 2, 4));
    }

    @Test
    void isCompleteWithoutDone() {
        assertThat(everyCut(200, null, DELTA + "data: {\"type\":\"speech.audio.done\"}\n\n"))
                .endsWith("completed " + SpeechUsage.NONE);
    }

    @Test
    void aTotalNobodySaysIsTheSum() {
        String used = "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}\n\n";
        assertThat(everyCut(200, null, used)).endsWith("completed " + new SpeechUsage(1, 2, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {DELTA, DELTA + DONE, ""})
    void soundThatEndsWithoutSayingSoIsTruncated(String stream) {
        assertThat(last(everyCut(200, "text/event-stream", stream))).startsWith("fault TRUNCATED");
    }

    @Test
    void whatIsNoBase64IsInvalid() {
        String stream = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"A!\"}\n\n" + USED;
        assertThat(last(everyCut(200, null, stream))).startsWith("fault INVALID");
    }

    @Test
    void escapesAreResolved() {
        String stream = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"\\/\\/\\u002f/\"}\n\n" + USED;
        assertThat(everyCut(200, null, stream).get(0)).startsWith("sound 3 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"error\":{\"message\":\"m\",\"code\":\"c\"}}\n\n",
                "data: {\"type\":\"error\",\"message\":\"m\",\"code\":\"c\"}\n\n",
                "event: error\ndata: {\"message\":\"m\",\"code\":\"c\"}\n\n"
            })
    void anErrorWithinTheStreamIsTheProviders(String event) {
        assertThat(last(everyCut(200, "text/event-stream", DELTA + event + USED)))
                .startsWith("fault REPORTED")
                .contains("code c")
                .endsWith("final \"m\"");
    }

    @Test
    void jsonWithStatus200IsAComplaint() {
        assertThat(last(everyCut(200, "application/json", "{\"error\":\"m\"}"))).startsWith("fault REPORTED");
    }

    @Test
    void aRefusalIsTheProviders() {
        assertThat(last(everyCut(429, "application/json", "{\"error\":{\"message\":\"m\",\"code\":\"slow\"}}")))
                .startsWith("fault REFUSED status 429")
                .contains("code slow")
                .endsWith("may-be-retried \"m\"");
    }

    private static String last(List<String> said) {
        return said.get(said.size() - 1);
    }

    private static List<String> everyCut(int httpStatus, @Nullable String type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        List<String> whole = decode(httpStatus, type, bytes, bytes.length);
        for (int at = 0; at < bytes.length; at++) {
            assertThat(decode(httpStatus, type, bytes, at)).isEqualTo(whole);
        }
        return whole;
    }

    private static List<String> decode(int httpStatus, @Nullable String type, byte[] body, int cut) {
        EventLog heard = new EventLog();
        SpeechDecoder decoder = new SpeechDecoder(1_000, heard);
        decoder.onHead(httpStatus, type);
        Cuts.at(cut, body, Cuts.Memory.DIRECT, decoder::onBody);
        decoder.onEnd();
        return heard.lines();
    }
}
