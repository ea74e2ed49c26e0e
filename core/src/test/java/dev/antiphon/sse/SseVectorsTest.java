package dev.antiphon.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vectors of {@code sse-vectors.json}, restated from web-platform-tests; its header says where they come from. */
@ExtendWith(NoBufferLeaks.class)
class SseVectorsTest {
    private static final int MAX_EVENT_BYTES = 1 << 20;

    record Vector(String name, String inputBase64, Expected expected) {
        byte[] input() {
            return Base64.getDecoder().decode(inputBase64);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    record Expected(
            List<RecordingSseListener.Event> events,
            String lastEventId,
            @Nullable Long retryMillis) {}

    @Test
    void allVectorsAreThere() throws IOException {
        assertThat(vectors().count() + refused().count()).isEqualTo(58);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void theWholeStreamInOneBufferGivesTheEvents(Vector vector) {
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            assertThat(decode(vector, (bytes, feed) -> Cuts.whole(bytes, memory, feed)))
                    .isEqualTo(vector.expected);
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void everyByteForItselfGivesTheEvents(Vector vector) {
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            assertThat(decode(vector, (bytes, feed) -> Cuts.byteByByte(bytes, memory, feed)))
                    .isEqualTo(vector.expected);
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aCutAtAnyPlaceGivesTheEvents(Vector vector) {
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            for (int at = 0; at <= vector.input().length; at++) {
                int cut = at;
                assertThat(decode(vector, (bytes, feed) -> Cuts.at(cut, bytes, memory, feed)))
                        .as("cut at %d", cut)
                        .isEqualTo(vector.expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void randomPiecesGiveTheEvents(Vector vector) {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            assertThat(decode(vector, (bytes, feed) -> Cuts.random(random, 7, bytes, feed)))
                    .as("seed %d", seed)
                    .isEqualTo(vector.expected);
        }
    }

    static Stream<Vector> vectors() throws IOException {
        return all().filter(vector -> Boolean.TRUE.equals(vector.get("accept"))).map(SseVectorsTest::vector);
    }

    /** Those that a wrong status or content type refuses; {@code ReplyDecoder} is who looks at that. */
    static Stream<Map<?, ?>> refused() throws IOException {
        return all().filter(vector -> Boolean.FALSE.equals(vector.get("accept")));
    }

    private static Stream<Map<?, ?>> all() throws IOException {
        try (InputStream file = Objects.requireNonNull(SseVectorsTest.class.getResourceAsStream("sse-vectors.json"))) {
            Map<String, @Nullable Object> document = JsonTree.object(file.readAllBytes());
            List<?> vectors = (List<?>) Objects.requireNonNull(document.get("vectors"));
            return vectors.stream().map(vector -> (Map<?, ?>) vector);
        }
    }

    private static Vector vector(Map<?, ?> json) {
        List<RecordingSseListener.Event> events = new ArrayList<>();
        for (Object event : (List<?>) Objects.requireNonNull(json.get("events"))) {
            events.add(new RecordingSseListener.Event(
                    text(event, "type"), text(event, "data"), text(event, "lastEventId")));
        }
        Expected expected = new Expected(events, text(json, "lastEventIdAfter"), (Long) json.get("retryMillis"));
        return new Vector(text(json, "name"), text(json, "inputBase64"), expected);
    }

    private static String text(@Nullable Object json, String key) {
        return (String) Objects.requireNonNull(JsonTree.at(json, key));
    }

    private static Expected decode(
            Vector vector, BiConsumer<byte[], java.util.function.Consumer<io.netty.buffer.ByteBuf>> cuts) {
        SseDecoder decoder = new SseDecoder(MAX_EVENT_BYTES, SseDecoder.UnfinishedEvent.DISCARDED);
        RecordingSseListener heard = new RecordingSseListener(decoder);
        cuts.accept(vector.input(), piece -> decoder.feed(piece, heard));
        decoder.end(heard);
        return new Expected(heard.events, decoder.lastEventId(), heard.retryMillis);
    }
}
