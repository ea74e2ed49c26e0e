package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.RecordedGrammar;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams with random wounds: whatever the bytes, no exception, exactly one last call (the recorder sees to the "one"),
 * and the same calls however they are cut.
 */
@ExtendWith(NoBufferLeaks.class)
class ReplyDecoderFuzzTest {
    private static final int MAX_EVENT_BYTES = 30_000;
    private static final int ROUNDS = 4_000;

    /** What makes more trouble than random bytes do. */
    private static final List<byte[]> FRAGMENTS = bytes(
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            "\"",
            "\\",
            "\\\"",
            "\\u",
            "\\ud83d",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "null",
            "true",
            "-",
            "1e999",
            "99999999999999999999",
            "0.5",
            "=",
            "==",
            "\u0000",
            "\ufeff",
            "data:",
            "data",
            "data: [DONE]\n\n",
            "event: error\n",
            "\"choices\":null,",
            "\"choices\":[],",
            "\"index\":1,",
            "\"delta\":null,",
            "\"delta\":[],",
            "\"audio\":null,",
            "\"audio\":{\"data\":\"AAAA\"},",
            "\"data\":\"UklGRgAAAABXQVZF\",",
            "\"content\":[{}],",
            "\"tool_calls\":[{\"function\":{\"name\":1,\"arguments\":{}}}],",
            "\"tool_calls\":[[],null,1],",
            "\"usage\":{\"prompt_tokens\":\"x\",\"prompt_tokens_details\":[]},",
            "\"error\":{},",
            "\"error\":[],",
            "\"base_resp\":{\"status_code\":[]},",
            "\"finish_reason\":\"\",",
            "\"expires_at\":1e400,",
            "{\"a\":{\"b\":[");

    private static List<byte[]> bytes(String... texts) {
        return java.util.Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/json"})
    void anyBytesEndInOneLastCallAndNoException(String contentType) {
        byte[] audio = RecordedGrammar.stream(RecordedGrammar.speech(500), List.of("Well", " then", "…"));
        byte[] calls =
                ("data: {\"choices\":[{\"delta\":{\"content\":\"a\\n\",\"tool_calls\":[{\"id\":\"c\",\"function\":"
                                + "{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"index\":0,\"finish_reason\":\"stop\"}]}\n\n"
                                + "data: {\"error\":{\"code\":1,\"message\":\"m\"}}\n\n")
                        .getBytes(StandardCharsets.UTF_8);
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            int status = random.nextInt(10) == 0 ? 500 : 200;
            byte[] body = wounded(random.nextInt(4) == 0 ? calls : audio, random);
            RecordingReplyListener whole = decode(status, contentType, body, null);
            assertThat(whole.isTerminated()).as("seed %d", seed).isTrue();
            RecordingReplyListener cut = decode(status, contentType, body, random);
            assertThat(cut.calls).as("seed %d", seed).isEqualTo(whole.calls);
        }
    }

    private static RecordingReplyListener decode(int status, String contentType, byte[] body, @Nullable Random cuts) {
        RecordingReplyListener heard = new RecordingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(MAX_EVENT_BYTES, heard);
        decoder.onHead(status, contentType);
        if (cuts == null) Cuts.whole(body, Cuts.Memory.HEAP, decoder::onBody);
        else Cuts.random(cuts, 1 + cuts.nextInt(2_000), body, decoder::onBody);
        decoder.onEnd();
        return heard;
    }

    private static byte[] wounded(byte[] stream, Random random) {
        byte[] body = stream;
        for (int wounds = 1 + random.nextInt(6); wounds > 0; wounds--) {
            int from = random.nextInt(body.length + 1);
            int to = Math.min(body.length, from + (random.nextInt(3) == 0 ? random.nextInt(300) : random.nextInt(3)));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(body, 0, from);
            switch (random.nextInt(5)) {
                case 0 -> {} // cut out
                case 1 -> out.write(body, from, Math.min(body.length - from, 2 * (to - from))); // said twice, sort of
                case 2 -> out.write(random.nextInt(256));
                case 3 -> out.writeBytes("[{\"x\":".repeat(random.nextInt(100)).getBytes(StandardCharsets.UTF_8));
                default -> out.writeBytes(FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
            }
            out.write(body, to, body.length - to);
            body = out.toByteArray();
        }
        return body;
    }
}
