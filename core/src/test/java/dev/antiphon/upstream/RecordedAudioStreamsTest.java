package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.testing.Cuts;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import io.netty.buffer.ByteBuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** OpenAI's recorded spoken answers beside the repository; each has a file with what is in it. */
@ExtendWith(NoBufferLeaks.class)
class RecordedAudioStreamsTest {

    static List<Path> streams() {
        return SharedFiles.requireAll("fixtures/openai-chat-audio", ".sse");
    }

    @ParameterizedTest
    @MethodSource("streams")
    void theRecordingSaysWhatItsExpectationSays(Path stream) throws Exception {
        byte[] bytes = Files.readAllBytes(stream);
        for (Cuts.Memory memory : Cuts.Memory.values()) {
            expect(stream, decode(feed -> Cuts.whole(bytes, memory, feed)));
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void byteByByteSaysTheSame(Path stream) throws Exception {
        byte[] bytes = Files.readAllBytes(stream);
        RecordingReplyListener whole = decode(feed -> Cuts.whole(bytes, Cuts.Memory.HEAP, feed));
        RecordingReplyListener bytewise = decode(feed -> Cuts.byteByByte(bytes, Cuts.Memory.DIRECT, feed));
        expect(stream, bytewise);
        assertThat(bytewise.calls).isEqualTo(whole.calls);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void randomPiecesSayTheSame(Path stream) throws Exception {
        byte[] bytes = Files.readAllBytes(stream);
        RecordingReplyListener whole = decode(feed -> Cuts.whole(bytes, Cuts.Memory.HEAP, feed));
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int maxPieceBytes = 1 << (1 + seed % 16);
            RecordingReplyListener cut = decode(feed -> Cuts.random(random, maxPieceBytes, bytes, feed));
            expect(stream, cut);
            assertThat(cut.calls).as("seed %d", seed).isEqualTo(whole.calls);
        }
    }

    private static RecordingReplyListener decode(Consumer<Consumer<ByteBuf>> cuts) {
        RecordingReplyListener heard = new RecordingReplyListener();
        ReplyDecoder decoder = new ReplyDecoder(1 << 20, heard);
        decoder.onHead(200, "text/event-stream; charset=utf-8");
        cuts.accept(decoder::onBody);
        assertThat(decoder.isTerminated()).as("[DONE] ends it").isTrue();
        decoder.onEnd();
        return heard;
    }

    private static void expect(Path stream, RecordingReplyListener heard) throws Exception {
        Path file = stream.resolveSibling(stream.getFileName().toString().replace(".sse", ".expect.json"));
        Map<String, @Nullable Object> expected = JsonTree.object(Files.readAllBytes(file));
        assertThat(heard.fault).isNull();
        assertThat(heard.completed).isTrue();
        assertThat(heard.transcript).hasToString((String) expected.get("transcript"));
        assertThat(heard.text).isEmpty();
        assertThat(heard.audioIds).isEqualTo(expected.get("audio_ids"));
        assertThat(heard.expiresAt).isEqualTo(expected.get("expires_at"));
        assertThat((long) heard.pcm.size()).isEqualTo(expected.get("pcm_bytes"));
        assertThat(sha256(heard.pcm.toByteArray())).isEqualTo(expected.get("pcm_sha256"));
        assertThat((long) heard.ticks).isEqualTo(expected.get("choices_less_events"));
        assertThat(heard.finishReasons).isEmpty();
        assertThat(heard.usage).isEqualTo(usage(expected.get("usage")));
    }

    private static Usage usage(@Nullable Object json) {
        return new Usage(
                new Usage.Input(
                        number(json, "prompt_tokens"),
                        number(json, "prompt_tokens_details", "text_tokens"),
                        number(json, "prompt_tokens_details", "audio_tokens"),
                        number(json, "prompt_tokens_details", "image_tokens"),
                        number(json, "prompt_tokens_details", "cached_tokens")),
                new Usage.Output(
                        number(json, "completion_tokens"),
                        number(json, "completion_tokens_details", "text_tokens"),
                        number(json, "completion_tokens_details", "audio_tokens"),
                        number(json, "completion_tokens_details", "reasoning_tokens")),
                number(json, "total_tokens"));
    }

    private static int number(@Nullable Object json, Object... path) {
        return ((Number) java.util.Objects.requireNonNull(JsonTree.at(json, path))).intValue();
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
