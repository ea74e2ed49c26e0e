package dev.antiphon.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.antiphon.upstream.Dialect.AudioPlace;
import dev.antiphon.upstream.Dialect.End;
import dev.antiphon.upstream.Dialect.InputAudioForm;
import dev.antiphon.upstream.Dialect.KeyHeader;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DialectTest {
    /** One legal value for each name, none of which is OpenAI's. */
    private static final Map<String, String> ALL_OTHERS = new HashMap<>(Map.of(
            "base-url", "https://voice.example/v2",
            "chat-path", "/v9/{model}/chat",
            "transcriptions-path", "/asr",
            "translations-path", "/translate",
            "speech-path", "/tts",
            "models-path", "/list",
            "key-header", "api-key",
            "stream-audio-format", "pcm",
            "max-tokens-field", "max_tokens",
            "input-audio", "data-url"));

    static {
        ALL_OTHERS.putAll(Map.of(
                "quotes-audio-ids", "false",
                "speaks-last-assistant-message", "true",
                "audio-place", "content-of-modality",
                "sample-rate-hz", "16000",
                "content-is-transcript", "true",
                "end", "done"));
    }

    static Iterable<Dialect> known() {
        return Dialect.KNOWN.values();
    }

    @Test
    void providersAreKnownByTheirNames() {
        assertThat(Dialect.KNOWN.keySet())
                .containsExactlyInAnyOrder(
                        "openai",
                        "azure",
                        "azure-v1",
                        "openrouter",
                        "dashscope",
                        "dashscope-intl",
                        "stepfun",
                        "vllm",
                        "sglang",
                        "mimo",
                        "litellm",
                        "aitunnel",
                        "cometapi");
    }

    @ParameterizedTest
    @MethodSource("known")
    void aBaseUrlIsOfHttpsAndHasNoSlashAtItsEnd(Dialect dialect) {
        if (dialect.baseUrl() == null) return;
        assertThat(URI.create(dialect.baseUrl()))
                .hasScheme("https")
                .hasNoQuery()
                .hasNoUserInfo();
        assertThat(dialect.baseUrl()).doesNotEndWith("/");
    }

    @ParameterizedTest
    @MethodSource("known")
    void nothingOverriddenIsTheSameByAnotherName(Dialect dialect) {
        Dialect copy = dialect.derive(dialect.name(), Map.of());
        assertThat(copy).isEqualTo(dialect);
        assertThat(dialect.derive("mine", Map.of()).name()).isEqualTo("mine");
    }

    @Test
    void everyValueHasAName() {
        Dialect other = Dialect.OPENAI.derive("other", ALL_OTHERS);
        assertThat(other)
                .isEqualTo(new Dialect(
                        "other",
                        "https://voice.example/v2",
                        new Dialect.Paths("/v9/{model}/chat", "/asr", "/translate", "/tts", "/list"),
                        KeyHeader.API_KEY,
                        new Dialect.Request("pcm", "max_tokens", InputAudioForm.DATA_URL, false, true),
                        new Dialect.Answer(AudioPlace.CONTENT_OF_MODALITY, 16_000, true, End.DONE)));
        assertThat(Dialect.KEYS).isEqualTo(ALL_OTHERS.keySet());
    }

    @Test
    void oneValueChangesNothingElse() {
        ALL_OTHERS.forEach((key, value) -> {
            Dialect changed = Dialect.OPENAI.derive("openai", Map.of(key, value));
            assertThat(changed).as(key).isNotEqualTo(Dialect.OPENAI);
            Dialect back = changed.derive("openai", Map.of(key, openAis(key)));
            assertThat(back).as(key).isEqualTo(Dialect.OPENAI);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sample-rate-hz | 24 kHz | one of [8000",
                "sample-rate-hz | 24001 | one of [8000",
                "sample-rate-hz | 96000 | one of [8000",
                "sample-rate-hz | '' | one of [8000",
                "key-header | Bearer | bearer or api-key",
                "input-audio | url | base64 or data-url or audio-url",
                "audio-place | content | audio-data or content-of-modality",
                "end | stop | finish or done",
                "quotes-audio-ids | yes | true or false",
                "content-is-transcript | '' | true or false",
                "speaks-last-assistant-message | TRUE | true or false",
                "max-tokens-field | tokens | max_completion_tokens or max_tokens",
                "stream-audio-format | pcm 16 | a word such as pcm16",
                "chat-path | chat/completions | a path such as /chat/completions",
                "chat-path | /chat?x=1 | a path such as /chat/completions",
                "speech-path | /a b | a path such as /chat/completions",
                "models-path | /{deployment} | a path such as /chat/completions",
                "models-path | '' | a path such as /chat/completions",
            })
    void aValueThatCannotStandThereIsNamedWithWhatCould(String key, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dialect.OPENAI.derive("mine", Map.of(key, value)))
                .withMessageStartingWith("dialect mine: " + key + ": " + value + " (expected: " + expected);
    }

    @Test
    void aNameNobodyKnowsIsRefusedWithThoseThatAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dialect.OPENAI.derive("mine", Map.of("sample-rate", "24000")))
                .withMessageStartingWith("dialect mine: sample-rate (expected: one of [audio-place, ")
                .withMessageContaining("sample-rate-hz");
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://x/v1",
        "https://user:secret@x/v1",
        "https://x/v1?key=secret",
        "https://x/v1#secret",
        "x/v1",
        "https://"
    })
    void aBaseUrlThatMayHoldAKeyIsNotQuoted(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dialect.OPENAI.derive("mine", Map.of("base-url", url)))
                .withMessageContaining("base-url: (not shown) (expected: http[s]://")
                .withMessageNotContaining("secret");
    }

    private static String openAis(String key) {
        return switch (key) {
            case "base-url" -> "https://api.openai.com/v1";
            case "chat-path" -> "/chat/completions";
            case "transcriptions-path" -> "/audio/transcriptions";
            case "translations-path" -> "/audio/translations";
            case "speech-path" -> "/audio/speech";
            case "models-path" -> "/models";
            case "key-header" -> "bearer";
            case "stream-audio-format" -> "pcm16";
            case "max-tokens-field" -> "max_completion_tokens";
            case "input-audio" -> "base64";
            case "quotes-audio-ids" -> "true";
            case "speaks-last-assistant-message", "content-is-transcript" -> "false";
            case "audio-place" -> "audio-data";
            case "sample-rate-hz" -> "24000";
            case "end" -> "finish";
            default -> throw new AssertionError(key);
        };
    }
}
