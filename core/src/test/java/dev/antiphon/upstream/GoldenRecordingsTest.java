package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import dev.antiphon.upstream.RecordedExchange.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recorded answer beside the repository, through its decoder, however it is cut, against what was written down when
 * a person last looked at it. {@code -Dantiphon.golden.write=true} writes it down anew, to be looked at again.
 */
@ExtendWith(NoBufferLeaks.class)
class GoldenRecordingsTest {
    private static final Path GOLDEN = Path.of(System.getProperty("basedir", ""), "src/test/resources/golden");
    private static final boolean IS_WRITING = Boolean.getBoolean("antiphon.golden.write");

    /** Why a recorded file has no golden one. */
    private static final Map<Pattern, String> EXCLUDED = excluded();

    private static Map<Pattern, String> excluded() {
        Map<Pattern, String> reasons = new LinkedHashMap<>();
        reasons.put(Pattern.compile(".*\\.(meta|headers)\\.json"), "the request and the head of a recorded answer");
        reasons.put(Pattern.compile(".*\\.request\\.json"), "a request");
        reasons.put(Pattern.compile(".*/full-request\\..*\\.json"), "a request");
        reasons.put(Pattern.compile(".*\\.expect\\.json"), "what RecordedAudioStreamsTest expects");
        reasons.put(Pattern.compile("realtime-examples/.*"), "the protocol of clients, not of providers");
        reasons.put(Pattern.compile("sse-vectors\\.json"), "framing alone, read by the tests of its decoder");
        reasons.put(Pattern.compile("PROVENANCE\\.md"), "where all of these come from");
        return reasons;
    }

    static List<RecordedExchange> exchanges() throws IOException {
        List<RecordedExchange> exchanges = new ArrayList<>();
        for (Path file : files()) {
            if (reasonAgainst(file) == null) exchanges.addAll(exchangesOf(file));
        }
        return exchanges;
    }

    @ParameterizedTest
    @MethodSource("exchanges")
    void saysWhatItsGoldenFileSays(RecordedExchange exchange) throws IOException {
        List<String> whole = exchange.read((body, feed) -> Cuts.whole(body, Cuts.Memory.HEAP, feed));
        Path golden = goldenOf(exchange);
        if (IS_WRITING) write(golden, whole);
        assertThat(golden).exists();
        assertThat(whole).isEqualTo(Files.readAllLines(golden));
    }

    @ParameterizedTest
    @MethodSource("exchanges")
    void saysTheSameByteByByte(RecordedExchange exchange) throws IOException {
        assertThat(exchange.read((body, feed) -> Cuts.byteByByte(body, Cuts.Memory.DIRECT, feed)))
                .isEqualTo(Files.readAllLines(goldenOf(exchange)));
    }

    @ParameterizedTest
    @MethodSource("exchanges")
    void saysTheSameInRandomPieces(RecordedExchange exchange) throws IOException {
        List<String> golden = Files.readAllLines(goldenOf(exchange));
        for (int seed = 0; seed < 16; seed++) {
            Random random = new Random(seed);
            int maxPieceBytes = 2 << seed;
            assertThat(exchange.read((body, feed) -> Cuts.random(random, maxPieceBytes, body, feed)))
                    .as("seed %d", seed)
                    .isEqualTo(golden);
        }
    }

    @Test
    void noRecordedFileIsForgotten() throws IOException {
        Set<String> withoutGolden = new TreeSet<>();
        for (Path file : files()) {
            if (reasonAgainst(file) != null) continue;
            List<RecordedExchange> exchanges = exchangesOf(file);
            if (exchanges.isEmpty()) withoutGolden.add(relative(file));
            for (RecordedExchange exchange : exchanges) {
                if (!Files.exists(goldenOf(exchange))) withoutGolden.add(exchange.name());
            }
        }
        assertThat(withoutGolden).isEmpty();
    }

    @Test
    void noGoldenFileAndNoExclusionIsLeftOver() throws IOException {
        Set<Path> used = new HashSet<>();
        for (RecordedExchange exchange : exchanges()) {
            assertThat(used.add(goldenOf(exchange)))
                    .as("two cases of one name: %s", exchange)
                    .isTrue();
        }
        try (Stream<Path> golden = Files.walk(GOLDEN)) {
            assertThat(golden.filter(Files::isRegularFile)).isSubsetOf(used);
        }
        List<String> names =
                files().stream().map(GoldenRecordingsTest::relative).toList();
        assertThat(EXCLUDED.keySet())
                .allSatisfy(pattern ->
                        assertThat(names).anyMatch(name -> pattern.matcher(name).matches()));
    }

    @Test
    void noGoldenFileHoldsAKeyAnAddressOrSound() throws IOException {
        exchanges();
        try (Stream<Path> golden = Files.walk(GOLDEN)) {
            for (Path file : golden.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file))
                        .as(file.getFileName().toString())
                        .doesNotContain("://", "openai.com")
                        .doesNotContainPattern("[A-Za-z0-9+/]{65,}");
            }
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(SharedFiles.require("fixtures"))) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static @Nullable String reasonAgainst(Path file) {
        String name = relative(file);
        for (Map.Entry<Pattern, String> excluded : EXCLUDED.entrySet()) {
            if (excluded.getKey().matcher(name).matches()) return excluded.getValue();
        }
        return null;
    }

    private static List<RecordedExchange> exchangesOf(Path file) throws IOException {
        String path = relative(file);
        String name = path.substring(0, path.lastIndexOf('.'));
        String suffix = path.substring(path.lastIndexOf('.') + 1);
        return switch (suffix) {
            case "yaml", "yml" -> Cassettes.read(name, file);
            case "sse" -> List.of(exchange(name, kindOf(name, Kind.STREAMED_TRANSCRIPTION), "text/event-stream", file));
            case "json" -> List.of(exchange(name, kindOf(name, Kind.TRANSCRIPTION), "application/json", file));
            case "srt", "vtt", "txt" -> List.of(exchange(name, Kind.BYTES, "text/plain", file));
            default -> List.of();
        };
    }

    private static Kind kindOf(String name, Kind ofTranscription) {
        if (name.contains("transcription")) return ofTranscription;
        return name.contains("speech") ? Kind.BYTES : Kind.CHAT;
    }

    /** Status and type as they were recorded, where they were. */
    private static RecordedExchange exchange(String name, Kind kind, String usualType, Path file) throws IOException {
        Path meta = file.resolveSibling(file.getFileName().toString().replaceFirst("\\.[a-z]+$", ".meta.json"));
        Object recorded = Files.exists(meta) ? JsonTree.parse(Files.readAllBytes(meta)) : Map.of();
        int httpStatus = JsonTree.at(recorded, "status") instanceof Long status ? status.intValue() : 200;
        Object type = JsonTree.at(recorded, "response_headers", "Content-Type");
        if (type instanceof List<?> types) type = types.get(0);
        String contentType = type instanceof String text ? text : usualType;
        return new RecordedExchange(name, kind, dialectOf(name), httpStatus, contentType, bodyOf(file));
    }

    private static Dialect dialectOf(String name) {
        if (name.startsWith("azure")) return Dialect.AZURE_V1;
        return name.startsWith("openrouter") ? Dialect.OPENROUTER : Dialect.OPENAI;
    }

    /** Where the recorder cut the sound out, none is left. */
    private static String bodyOf(Path file) throws IOException {
        if (!file.getFileName().toString().startsWith("nonstream.")) return Files.readString(file);
        return Files.readString(file).replaceAll("<TRIMMED base64, [0-9]+ chars>", "");
    }

    private static Path goldenOf(RecordedExchange exchange) {
        return GOLDEN.resolve(exchange.name() + ".events");
    }

    private static String relative(Path file) {
        return SharedFiles.require("fixtures").relativize(file).toString().replace('\\', '/');
    }

    private static void write(Path golden, List<String> lines) throws IOException {
        Files.createDirectories(golden.getParent());
        Files.writeString(golden, lines.stream().collect(Collectors.joining("\n", "", "\n")));
    }
}
