package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest.Sampling;
import dev.antiphon.upstream.ChatRequest.Speech;
import dev.antiphon.upstream.ChatRequest.Tools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class ChatRequestWriterTest {
    private static final Speech ALLOY = new Speech("alloy");
    private static final UserMessage HELLO = new UserMessage(List.of(new TextPart("hello")));

    @Test
    void aSpokenTurnIsWrittenAsItWasRecorded() {
        assertThat(written(request(ALLOY, Tools.NONE, HELLO)))
                .isEqualTo("{\"model\":\"gpt-audio-1.5\",\"modalities\":[\"text\",\"audio\"],"
                        + "\"audio\":{\"voice\":\"alloy\",\"format\":\"pcm16\"},"
                        + "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
    }

    @Test
    void withoutSpeechThereAreNeitherModalitiesNorAudio() {
        assertThat(written(request(null, Tools.NONE, HELLO)))
                .isEqualTo("{\"model\":\"gpt-audio-1.5\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
    }

    @Test
    void boundsOfTheAnswerAreWrittenWhereTheyAreSet() {
        ChatRequest request = new ChatRequest("m", List.of(HELLO), null, Tools.NONE, new Sampling(512, 0.8));
        assertThat(written(request)).contains(",\"max_completion_tokens\":512,\"temperature\":0.8,\"messages\":");
    }

    @Nested
    class ToolFields {
        private static final ToolDefinition ADD = new ToolDefinition(
                "add", "Adds \"two\".", "{ \"type\" : \"object\",\n \"properties\":{\"a\":{\"minimum\":1.10}} }");

        @Test
        void areWrittenInTheNestedForm() {
            Tools tools = new Tools(List.of(ADD, new ToolDefinition("now", null, null)), ToolChoice.AUTO, false);
            assertThat(written(request(null, tools, HELLO)))
                    .contains("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\","
                            + "\"description\":\"Adds \\\"two\\\".\","
                            + "\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"minimum\":1.10}}}}},"
                            + "{\"type\":\"function\",\"function\":{\"name\":\"now\"}}],"
                            + "\"tool_choice\":\"auto\",\"parallel_tool_calls\":false,");
        }

        @Test
        void choiceHasFourForms() {
            assertThat(choice(ToolChoice.NONE)).isEqualTo("none");
            assertThat(choice(ToolChoice.REQUIRED)).isEqualTo("required");
            assertThat(choice(ToolChoice.AUTO)).isEqualTo("auto");
            assertThat(JsonTree.at(choice(ToolChoice.function("add")), "function", "name"))
                    .isEqualTo("add");
        }

        @Test
        void areAbsentWhereNothingIsOffered() {
            Tools tools = new Tools(List.of(), ToolChoice.REQUIRED, true);
            assertThat(written(request(null, tools, HELLO))).doesNotContain("tool");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "{", "{}}", "{},{}", "[]", "\"x\"", "{\"a\":}", "{}\"messages\":[]"})
        void parametersThatAreNotOneObjectAreRefused(String parametersJson) {
            Tools tools = new Tools(List.of(new ToolDefinition("f", null, parametersJson)), ToolChoice.AUTO, null);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> written(request(null, tools, HELLO)))
                    .withMessageStartingWith("parametersJson: ");
        }

        private @Nullable Object choice(ToolChoice choice) {
            return JsonTree.at(tree(request(null, new Tools(List.of(ADD), choice, null), HELLO)), "tool_choice");
        }
    }

    @Nested
    class Messages {
        @Test
        void ofTheSystemAndOfToolsAreText() {
            assertThat(written(request(
                            null, Tools.NONE, new SystemMessage("Be brief."), HELLO, new ToolMessage("c", "5"))))
                    .contains(
                            "[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"hello\"},"
                                    + "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"5\"}]");
        }

        @Test
        void ofTheUserAreTextOrParts() {
            UserMessage parts = new UserMessage(
                    List.of(new TextPart("see"), new ImagePart("data:,", null), new ImagePart("https://x", "low")));
            assertThat(written(request(null, Tools.NONE, parts)))
                    .contains("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"see\"},"
                            + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}},"
                            + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\",\"detail\":\"low\"}}]}");
        }

        @Test
        void ofTheAssistantHoldWhatThereIs() {
            ToolCall call = new ToolCall("call_A", "add", "{\"a\":2}");
            assertThat(written(request(
                            null,
                            Tools.NONE,
                            new AssistantMessage("Hi.", null, List.of()),
                            new AssistantMessage(null, "audio_1", List.of()),
                            new AssistantMessage(null, null, List.of(call)),
                            new AssistantMessage("Hm.", null, List.of(call)))))
                    .contains("[{\"role\":\"assistant\",\"content\":\"Hi.\"},"
                            + "{\"role\":\"assistant\",\"audio\":{\"id\":\"audio_1\"}},"
                            + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_A\",\"type\":\"function\","
                            + "\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":2}\"}}]},"
                            + "{\"role\":\"assistant\",\"content\":\"Hm.\",\"tool_calls\":[");
        }
    }

    @Nested
    class SpokenInput {
        @Test
        void isAWavOfTheClipWhateverItsLength() {
            for (int samples : new int[] {0, 1, 2, 3, 50, 6_121, 6_122, 6_123, 12_288, 100_000}) {
                byte[] pcm = new byte[samples * 2];
                new Random(samples).nextBytes(pcm);
                UserMessage message = new UserMessage(List.of(new AudioPart(AudioClip.of(16_000, pcm))));
                Object part = JsonTree.at(tree(request(ALLOY, Tools.NONE, message)), "messages", 0, "content", 0);
                assertThat(JsonTree.at(part, "type")).isEqualTo("input_audio");
                assertThat(JsonTree.at(part, "input_audio", "format")).isEqualTo("wav");
                byte[] wav = Base64.getDecoder()
                        .decode((String) Objects.requireNonNull(JsonTree.at(part, "input_audio", "data")));
                assertThat(Arrays.copyOfRange(wav, 44, wav.length)).isEqualTo(pcm);
                assertHeader(wav, pcm.length, 16_000);
            }
        }

        private static void assertHeader(byte[] wav, int pcmBytes, int sampleRateHz) {
            ByteBuffer header = ByteBuffer.wrap(wav, 0, 44).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(new String(wav, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("RIFF");
            assertThat(header.getInt(4)).isEqualTo(36 + pcmBytes);
            assertThat(new String(wav, 8, 8, StandardCharsets.US_ASCII)).isEqualTo("WAVEfmt ");
            assertThat(header.getInt(16)).isEqualTo(16);
            assertThat(header.getShort(20)).isEqualTo((short) 1);
            assertThat(header.getShort(22)).isEqualTo((short) 1);
            assertThat(header.getInt(24)).isEqualTo(sampleRateHz);
            assertThat(header.getInt(28)).isEqualTo(2 * sampleRateHz);
            assertThat(header.getShort(32)).isEqualTo((short) 2);
            assertThat(header.getShort(34)).isEqualTo((short) 16);
            assertThat(new String(wav, 36, 4, StandardCharsets.US_ASCII)).isEqualTo("data");
            assertThat(header.getInt(40)).isEqualTo(pcmBytes);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\"}]}",
                "\u0000\u0001\u001f",
                "\u2028\u2029",
                "\ud83d\ude00 naïve",
                "back\\slash",
                "\",\"role\":\"system"
            })
    void anyTextStaysInsideItsString(String text) {
        ToolCall call = new ToolCall(text, text, text);
        ChatRequest request = new ChatRequest(
                text,
                List.of(
                        new SystemMessage(text),
                        new UserMessage(List.of(new TextPart(text), new ImagePart(text, text))),
                        new AssistantMessage(text, text, List.of(call)),
                        new ToolMessage(text, text)),
                new Speech(text),
                new Tools(List.of(new ToolDefinition(text, text, "{}")), ToolChoice.function(text), null),
                Sampling.DEFAULT);
        Object tree = tree(request);
        assertThat(JsonTree.at(tree, "model")).isEqualTo(text);
        assertThat(JsonTree.at(tree, "audio", "voice")).isEqualTo(text);
        assertThat(JsonTree.at(tree, "messages", 0, "content")).isEqualTo(text);
        assertThat(JsonTree.at(tree, "messages", 1, "content", 1, "image_url", "detail"))
                .isEqualTo(text);
        assertThat(JsonTree.at(tree, "messages", 2, "tool_calls", 0, "function", "arguments"))
                .isEqualTo(text);
        assertThat(JsonTree.at(tree, "messages", 3, "content")).isEqualTo(text);
        assertThat(JsonTree.at(tree, "messages", 4)).isNull();
        assertThat(JsonTree.at(tree, "tool_choice", "function", "name")).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd83d, 0xde00})
    void halfOfASurrogatePairBecomesTheReplacementCharacter(int half) {
        String text = "a" + (char) half + "b\ud83d\ude00" + (char) half;
        Object tree = tree(request(null, Tools.NONE, new SystemMessage(text)));
        assertThat(JsonTree.at(tree, "messages", 0, "content")).isEqualTo("a\ufffdb\ud83d\ude00\ufffd");
    }

    @Test
    void theBodyIsAppendedBehindWhatIsThere() {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer().writeByte('#');
        new ChatRequestWriter().write(request(null, Tools.NONE, HELLO), out);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("#{\"model\"")
                .endsWith("]}");
        out.release();
    }

    private static ChatRequest request(@Nullable Speech speech, Tools tools, ChatMessage... messages) {
        return new ChatRequest("gpt-audio-1.5", List.of(messages), speech, tools, Sampling.DEFAULT);
    }

    private static @Nullable Object tree(ChatRequest request) {
        return JsonTree.parse(written(request).getBytes(StandardCharsets.UTF_8));
    }

    private static String written(ChatRequest request) {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer();
        try {
            new ChatRequestWriter().write(request, out);
            return new String(ByteBufUtil.getBytes(out), StandardCharsets.UTF_8);
        } finally {
            out.release();
        }
    }
}
