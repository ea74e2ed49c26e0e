package dev.antiphon.server.rest.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.Cuts.Memory;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class AudioSieveTest {
    private static final String TWO_SOUNDS = """
            {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\\"data: é \\\\"},\
            {"type":"input_audio","input_audio":{"data":"SGVsbG8s","format":"wav"}}]},{"role":"assistant","content":"x"},\
            {"content":[{"input_audio":{"format":"mp3","data" : "d29ybGQh\\/+A\\u003d"}}],"role":"user"}],"seed":7}""";

    /** What became of it: the JSON, then each file in hexadecimal, or a question mark. */
    private static List<String> sieved(Consumer<AudioSieve> feeding) {
        try (AudioSieve sieve = new AudioSieve(PooledByteBufAllocator.DEFAULT)) {
            feeding.accept(sieve);
            List<String> found = new ArrayList<>();
            found.add(sieve.json().toString(StandardCharsets.UTF_8));
            for (int i = 0; sieve.hasSound(i); i++) {
                ByteBuf file = sieve.file(i);
                found.add(sieve.isBase64(i) ? ByteBufUtil.hexDump(file) : "?");
                file.release();
            }
            return found;
        }
    }

    private static List<String> sieved(String json) {
        return sieved(sieve -> Cuts.whole(json.getBytes(StandardCharsets.UTF_8), Memory.DIRECT, sieve::feed));
    }

    @Test
    void aSoundBecomesItsNumberAndEverythingElseStays() {
        assertThat(sieved(TWO_SOUNDS))
                .containsExactly(
                        TWO_SOUNDS.replace("SGVsbG8s", "0").replace("d29ybGQh\\/+A\\u003d", "1"),
                        "48656c6c6f2c",
                        "776f726c6421ffe0");
    }

    @Test
    void itMayBeCutAnywhere() {
        byte[] bytes = TWO_SOUNDS.getBytes(StandardCharsets.UTF_8);
        List<String> whole = sieved(TWO_SOUNDS);
        for (Memory memory : Memory.values()) {
            for (int cut = 0; cut <= bytes.length; cut++) {
                int at = cut;
                assertThat(sieved(sieve -> Cuts.at(at, bytes, memory, sieve::feed)))
                        .isEqualTo(whole);
            }
            assertThat(sieved(sieve -> Cuts.byteByByte(bytes, memory, sieve::feed)))
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\":\"SGVsbG8s\"}",
                "{\"input_audio\":{\"data\":\"SGVsbG8s\"}}",
                "{\"tools\":[{\"content\":[{\"input_audio\":{\"data\":\"SGVsbG8s\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"dat\":\"SGVsbG8s\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"data2\":\"SGVsbG8s\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":[\"SGVsbG8s\"]}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"a\":{\"data\":\"SGVsbG8s\"}}}]}]}",
                "{\"messages\":[{\"content\":[[{\"data\":\"SGVsbG8s\"}]]}]}",
                "{\"messages\":[{\"content\":{\"input_audio\":{\"data\":\"SGVsbG8s\"}}}]}",
                "{\"messages\":{\"content\":[{\"input_audio\":{\"data\":\"SGVsbG8s\"}}]}}",
                "[{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":\"SGVsbG8s\"}}]}]}]",
                "{\"x\":{},\"messages\":[{\"content\":[{\"text\":\"input_audio\",\"a\":{\"data\":\"SGVsbG8s\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"x\":\"data\",\"y\":\"SGVsbG8s\"}}]}]}",
                "{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":null}}]}]}"
            })
    void whatOnlyLooksLikeASoundStays(String json) {
        assertThat(sieved(json)).containsExactly(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SGVsbG8", "SGVsbG8=", "SGVsbG9=", "SGVs\\nbG8s\\r\\n", "\\u0053GVsbG8s"})
    void base64MayBeEscapedBrokenIntoLinesAndUnpadded(String base64) {
        assertThat(sieved(withSound(base64)).get(1)).startsWith(base64.isEmpty() ? "" : "48656c6c6f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"S", "SGVsb-8s", "SGVs bG8s", "SGVs\\tbG8s", "\\u00e4GVs", "\\uzzzzSGVs", "data:;base64,SGVs"})
    void whatIsNotBase64IsKnown(String base64) {
        assertThat(sieved(withSound(base64))).containsExactly(withSound("0"), "?");
    }

    private static String withSound(String base64) {
        return "{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":\"" + base64 + "\"}}]}]}";
    }

    @Test
    void aSoundThatIsCutOffLeavesNoWholeJson() {
        assertThat(sieved("{\"messages\":[{\"content\":[{\"input_audio\":{\"data\":\"SGVsbG8s")
                        .get(0))
                .endsWith("\"data\":\"");
    }

    @Test
    void strayBracketsDoNoHarm() {
        assertThat(sieved("]]}}{\"a\":1}")).containsExactly("]]}}{\"a\":1}");
        assertThat(sieved("[".repeat(5_000))).containsExactly("[".repeat(5_000));
    }

    @Test
    void aLongSoundSurvivesRandomCuts() {
        Random random = new Random(4);
        byte[] file = new byte[300_001];
        random.nextBytes(file);
        String json = withSound(Base64.getEncoder().encodeToString(file));
        List<String> found =
                sieved(sieve -> Cuts.random(random, 9_000, json.getBytes(StandardCharsets.UTF_8), sieve::feed));
        assertThat(found).containsExactly(withSound("0"), ByteBufUtil.hexDump(file));
    }
}
