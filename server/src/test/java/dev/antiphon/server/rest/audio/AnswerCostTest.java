package dev.antiphon.server.rest.audio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.usage.TokenCounts;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class AnswerCostTest {
    private static final String TOKENS =
            "{\"words\":[{\"usage\":{\"seconds\":9}}],\"text\":\"\\\"usage\\\":{}\",\"usage\":{"
                    + "\"type\":\"tokens\",\"total_tokens\":27,\"input_tokens\":17,\"input_token_details\":{\"text_tokens\":3,"
                    + "\"audio_tokens\":14},\"output_tokens\":10},\"later\":{\"output_tokens\":99}}";
    private static final TokenCounts COUNTED = new TokenCounts(3, 14, 0, 0, 10, 0, 0);

    @Test
    void theUsageOfADocumentIsFoundHoweverItIsCut() {
        byte[] document = bytes(TOKENS);
        for (int cut = 0; cut <= document.length; cut++) {
            assertThat(cost(Endpoint.TRANSCRIPTIONS, ContentTypes.JSON, document, cut, document.length))
                    .as("cut at %s", cut)
                    .isEqualTo(COUNTED);
        }
        assertThat(cost(Endpoint.TRANSCRIPTIONS, ContentTypes.JSON, document, 0, 1))
                .isEqualTo(COUNTED);
    }

    @Test
    void theUsageOfTheLastEventIsFoundHoweverItIsCut() {
        byte[] events = bytes("""
                data: {"type":"speech.audio.delta","audio":"AAAA"}

                data: {"type":"speech.audio.done","usage":{"input_tokens":10,"output_tokens":93}}

                data: [DONE]

                """.replace("\n", "\r\n"));
        TokenCounts counted = new TokenCounts(10, 0, 0, 0, 0, 93, 0);
        for (int cut = 0; cut <= events.length; cut++) {
            assertThat(cost(Endpoint.SPEECH, ContentTypes.EVENTS, events, cut, events.length))
                    .as("cut at %s", cut)
                    .isEqualTo(counted);
        }
        assertThat(cost(Endpoint.SPEECH, ContentTypes.EVENTS, events, 0, 1)).isEqualTo(counted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"usage\":null}",
                "{\"usage\":[1]}",
                "{\"usage\":{}}",
                "nonsense",
                "{\"a\":{\"usage\":{\"seconds\":2}}}",
                "{\"usage\":\"seconds\"}"
            })
    void nothingIsMadeUp(String document) {
        assertThat(cost(Endpoint.TRANSCRIPTIONS, ContentTypes.JSON, bytes(document), 0, 1))
                .isNull();
        assertThat(cost(Endpoint.TRANSCRIPTIONS, ContentTypes.TEXT, bytes(document), 0, 1))
                .isNull();
    }

    @Test
    void whatIsNoUsageAtAllCountsNothing() {
        for (String usage : List.of("[1]", "[[1]]", "{\"input_tokens\":[5]}", "{\"a\":{\"b\":{\"input_tokens\":5}}}")) {
            TokenCounts counted =
                    cost(Endpoint.TRANSCRIPTIONS, ContentTypes.JSON, bytes("{\"usage\":" + usage + "}"), 0, 1);
            assertThat(counted).as(usage).isIn(null, TokenCounts.NONE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "transcription-json.json, 0, 0, 0, 2",
        "transcription-verbose_json-word+segment.json, 0, 0, 0, 2",
        "transcription-usage-gpt-4o-mini.json, 0, 17, 11, 0",
        "transcription-stream.sse, 0, 17, 10, 0"
    })
    void theRecordingsSayWhatTheyCost(String recording, long text, long audio, long output, double seconds)
            throws IOException {
        byte[] body = Files.readAllBytes(SharedFiles.require("fixtures/openai-audio-endpoints/" + recording));
        String type = recording.endsWith("sse") ? ContentTypes.EVENTS : ContentTypes.JSON;
        assertThat(cost(Endpoint.TRANSCRIPTIONS, type, body, 0, 7))
                .isEqualTo(new TokenCounts(text, audio, 0, 0, output, 0, seconds));
    }

    /** Whole up to {@code cut}, in pieces of {@code step} from there. */
    private static @Nullable TokenCounts cost(Endpoint endpoint, String type, byte[] body, int cut, int step) {
        AnswerCost cost = new AnswerCost(endpoint);
        cost.onHead(type);
        if (cut > 0) cost.onBody(Unpooled.wrappedBuffer(Arrays.copyOf(body, cut)));
        for (int at = cut; at < body.length; at += step) {
            cost.onBody(Unpooled.wrappedBuffer(Arrays.copyOfRange(body, at, Math.min(body.length, at + step))));
        }
        cost.onEnd();
        return cost.tokens();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
