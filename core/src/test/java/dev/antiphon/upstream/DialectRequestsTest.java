package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.testing.JsonTree;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.EncodedAudioPart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatRequest.Sampling;
import dev.antiphon.upstream.ChatRequest.Speech;
import dev.antiphon.upstream.ChatRequest.Tools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each provider is asked in its own way. OpenAI's, Azure's and OpenRouter's ways stand in recorded requests, all
 * others in documentation and public source alone.
 */
@ExtendWith(NoBufferLeaks.class)
class DialectRequestsTest {
    private static final Speech VOICE = new Speech("Cherry");
    private static final AudioClip CLIP = AudioClip.of(16_000, new byte[] {1, 0, 2, 0});
    private static final UserMessage HELLO = new UserMessage(List.of(new TextPart("hello")));

    static Iterable<Dialect> known() {
        return Dialect.KNOWN.values();
    }

    @ParameterizedTest
    @CsvSource({
        "openai,         pcm16, max_completion_tokens, base64,    true",
        "azure,          pcm16, max_completion_tokens, base64,    true",
        "azure-v1,       pcm16, max_completion_tokens, base64,    true",
        "openrouter,     pcm16, max_completion_tokens, base64,    false",
        "dashscope,      wav,   max_tokens,            data-url,  false",
        "dashscope-intl, wav,   max_tokens,            data-url,  false",
        "stepfun,        pcm,   max_tokens,            base64,    false",
        "vllm,           wav,   max_tokens,            audio-url, false",
        "sglang,         wav,   max_tokens,            base64,    false",
        "mimo,           pcm16, max_completion_tokens, base64,    false",
        "litellm,        pcm16, max_completion_tokens, base64,    false",
        "aitunnel,       pcm16, max_completion_tokens, base64,    false",
        "cometapi,       pcm16, max_completion_tokens, base64,    false",
    })
    void aSpokenTurnIsAskedForInTheWayOf(
            String name, String format, String maxTokens, String inputAudio, boolean quotesIds) {
        Object tree = tree(
                name,
                VOICE,
                new AssistantMessage("said", "audio_1", List.of()),
                new UserMessage(List.of(new AudioPart(CLIP), new EncodedAudioPart("//vQ", "mp3"))),
                HELLO);
        assertThat(JsonTree.at(tree, "audio", "format")).isEqualTo(format);
        assertThat(JsonTree.at(tree, "audio", "voice")).isEqualTo("Cherry");
        assertThat(JsonTree.at(tree, "modalities")).isEqualTo(List.of("text", "audio"));
        assertThat(JsonTree.at(tree, maxTokens)).isEqualTo(99L);
        assertThat(JsonTree.at(tree, maxTokens.equals("max_tokens") ? "max_completion_tokens" : "max_tokens"))
                .isNull();
        assertThat(JsonTree.at(tree, "messages", 0, "audio", "id")).isEqualTo(quotesIds ? "audio_1" : null);
        assertThat(JsonTree.at(tree, "messages", 0, "content")).isEqualTo(quotesIds ? null : "said");
        expectSound(inputAudio, "wav", "audio/wav", wavBase64(), JsonTree.at(tree, "messages", 1, "content", 0));
        expectSound(inputAudio, "mp3", "audio/mpeg", "//vQ", JsonTree.at(tree, "messages", 1, "content", 1));
    }

    @ParameterizedTest
    @MethodSource("known")
    void aWrittenTurnHasNeitherModalitiesNorAudio(Dialect dialect) {
        Object tree = tree(dialect.name(), null, new SystemMessage("be brief"), HELLO);
        assertThat(JsonTree.at(tree, "audio")).isNull();
        assertThat(JsonTree.at(tree, "modalities")).isNull();
        assertThat(JsonTree.at(tree, "messages", 0, "role")).isEqualTo("system");
        assertThat(JsonTree.at(tree, "messages", 1, "role")).isEqualTo("user");
    }

    @Test
    void mimoSaysWhatTheAssistantSaysInTheStyleTheUserAsksFor() {
        Object tree = tree("mimo", VOICE, new SystemMessage("Whisper."), HELLO);
        assertThat(JsonTree.at(tree, "messages", 0, "role")).isEqualTo("user");
        assertThat(JsonTree.at(tree, "messages", 0, "content")).isEqualTo("Whisper.");
        assertThat(JsonTree.at(tree, "messages", 1, "role")).isEqualTo("assistant");
        assertThat(JsonTree.at(tree, "messages", 1, "content")).isEqualTo("hello");
    }

    @Test
    void mimoSaysAnAssistantsLastMessageAsItStands() {
        Object tree = tree("mimo", VOICE, HELLO, new AssistantMessage("Say this.", null, List.of()));
        assertThat(JsonTree.at(tree, "messages", 0, "role")).isEqualTo("user");
        assertThat(JsonTree.at(tree, "messages", 1, "role")).isEqualTo("assistant");
        assertThat(JsonTree.at(tree, "messages", 1, "content")).isEqualTo("Say this.");
    }

    @Test
    void onlyTextBecomesTheAssistants() {
        Object tree = tree("mimo", VOICE, new UserMessage(List.of(new TextPart("what?"), new AudioPart(CLIP))));
        assertThat(JsonTree.at(tree, "messages", 0, "role")).isEqualTo("user");
    }

    @ParameterizedTest
    @MethodSource("known")
    void soundOfAClientCannotBreakOutOfItsText(Dialect dialect) {
        String evil = "\",\"model\":\"other\",\"x\":\"\\\u0001\u2028";
        Object tree = tree(dialect.name(), VOICE, new UserMessage(List.of(new EncodedAudioPart(evil, evil))));
        assertThat(JsonTree.at(tree, "model")).isEqualTo("m");
        assertThat(String.valueOf(JsonTree.at(tree, "messages", 0, "content", 0)))
                .contains(evil);
    }

    private static void expectSound(
            String form, String format, String mediaType, String base64, @Nullable Object part) {
        switch (form) {
            case "base64", "data-url" -> {
                assertThat(JsonTree.at(part, "type")).isEqualTo("input_audio");
                assertThat(JsonTree.at(part, "input_audio", "format")).isEqualTo(format);
                assertThat(JsonTree.at(part, "input_audio", "data"))
                        .isEqualTo(form.equals("base64") ? base64 : "data:;base64," + base64);
            }
            case "audio-url" -> {
                assertThat(JsonTree.at(part, "type")).isEqualTo("audio_url");
                assertThat(JsonTree.at(part, "audio_url", "url")).isEqualTo("data:" + mediaType + ";base64," + base64);
                assertThat(JsonTree.at(part, "input_audio")).isNull();
            }
            default -> throw new AssertionError(form);
        }
    }

    private static String wavBase64() {
        return Base64.getEncoder().encodeToString(Wavs.wav(16_000, 1, new byte[] {1, 0, 2, 0}));
    }

    private static @Nullable Object tree(String dialect, @Nullable Speech speech, ChatMessage... messages) {
        ChatRequest request = new ChatRequest("m", List.of(messages), speech, Tools.NONE, new Sampling(99, null));
        ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer();
        try {
            new ChatRequestWriter(Objects.requireNonNull(Dialect.KNOWN.get(dialect))).write(request, out);
            return JsonTree.parse(out.toString(StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
        } finally {
            out.release();
        }
    }
}
