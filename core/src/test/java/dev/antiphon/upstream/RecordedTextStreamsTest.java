package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recorded text answers of many providers, beside the repository. What they must say is read from the same bytes in the
 * plainest way: lines, trees, maps.
 */
@ExtendWith(NoBufferLeaks.class)
class RecordedTextStreamsTest {

    static Stream<Path> streams() {
        return Stream.of(
                        "fixtures/openai-chat-text",
                        "fixtures/azure-chat-text",
                        "fixtures/openrouter-chat-text",
                        "fixtures/other-providers-chat-text")
                .flatMap(folder -> SharedFiles.requireAll(folder, ".sse").stream());
    }

    @ParameterizedTest
    @MethodSource("streams")
    void sayTheirTextToolCallsAndEnd(Path stream) throws Exception {
        byte[] bytes = Files.readAllBytes(stream);
        Plain plain = Plain.read(bytes);
        RecordingReplyListener whole = decode(bytes, new Random(0), bytes.length);
        assertThat(whole.fault).isNull();
        assertThat(whole.completed).isTrue();
        assertThat(whole.text).hasToString(plain.text.toString());
        assertThat(whole.refusal).hasToString(plain.refusal.toString());
        assertThat(callsOf(whole)).isEqualTo(plain.calls);
        assertThat(whole.finishReasons).hasSize(1);
        assertThat(whole.usage == null ? 0 : whole.usage.totalTokens()).isEqualTo(plain.totalTokens);
        assertThat(whole.text.length() + whole.refusal.length() + whole.toolCalls.size())
                .isPositive();
        for (int seed = 1; seed < 20; seed++) {
            assertThat(decode(bytes, new Random(seed), 1 << seed % 10).calls).isEqualTo(whole.calls);
        }
    }

    private static RecordingReplyListener decode(byte[] bytes, Random random, int maxPieceBytes) {
        RecordingReplyListener heard = new RecordingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(1 << 20, heard);
        decoder.onHead(200, "text/event-stream");
        Cuts.random(random, maxPieceBytes, bytes, decoder::onBody);
        decoder.onEnd();
        return heard;
    }

    private static Map<Long, String> callsOf(RecordingReplyListener heard) {
        Map<Long, String> calls = new TreeMap<>();
        for (String call : heard.toolCalls) {
            String[] parts = call.split(" ", 4);
            String said = Stream.of(parts[1], parts[2], parts[3])
                    .filter(part -> !part.equals("null"))
                    .reduce("", (a, b) -> a + "|" + b);
            calls.merge(Long.valueOf(parts[0]), said, String::concat);
        }
        return calls;
    }

    /** The reference: slow, and as obvious as it can be. */
    private static final class Plain {
        final StringBuilder text = new StringBuilder();
        final StringBuilder refusal = new StringBuilder();
        final Map<Long, String> calls = new TreeMap<>();
        int totalTokens;

        static Plain read(byte[] stream) {
            Plain plain = new Plain();
            for (String line :
                    new String(stream, StandardCharsets.UTF_8).lines().toList()) {
                if (line.startsWith("data: {"))
                    plain.add(JsonTree.parse(line.substring(6).getBytes(StandardCharsets.UTF_8)));
            }
            return plain;
        }

        private void add(@Nullable Object event) {
            for (Object choice : listAt(event, "choices")) {
                if (Long.valueOf(0).equals(JsonTree.at(choice, "index"))) addDelta(JsonTree.at(choice, "delta"));
            }
            if (JsonTree.at(event, "usage", "total_tokens") instanceof Long total) totalTokens = total.intValue();
        }

        private void addDelta(@Nullable Object delta) {
            if (JsonTree.at(delta, "content") instanceof String content) text.append(content);
            if (JsonTree.at(delta, "refusal") instanceof String piece) refusal.append(piece);
            for (Object call : listAt(delta, "tool_calls")) {
                List<@Nullable Object> said = new ArrayList<>(Arrays.asList(
                        JsonTree.at(call, "id"),
                        JsonTree.at(call, "function", "name"),
                        JsonTree.at(call, "function", "arguments")));
                StringBuilder pieces = new StringBuilder();
                for (int i = 0; i < 3; i++) {
                    boolean isSaid = said.get(i) instanceof String piece && (i == 2 || !piece.isEmpty());
                    if (isSaid) pieces.append('|').append(said.get(i));
                }
                calls.merge(
                        (Long) java.util.Objects.requireNonNull(JsonTree.at(call, "index")),
                        pieces.toString(),
                        String::concat);
            }
        }

        private static List<?> listAt(@Nullable Object node, String key) {
            return JsonTree.at(node, key) instanceof List<?> list ? list : List.of();
        }
    }
}
