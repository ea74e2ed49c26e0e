package dev.antiphon.upstream;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How one provider's chat completions differ from another's: everything that is not the same everywhere, as values. A new
 * provider is another value, made in the configuration from the one it is most like.
 *
 * <p>Threading: immutable.
 *
 * @param name as the configuration and the start-up line say it
 * @param baseUrl where the provider is found; null: each has a server of one's own
 */
public record Dialect(
        String name, @Nullable String baseUrl, Paths paths, KeyHeader keyHeader, Request request, Answer answer) {

    /** The names of what {@link #derive} can change. */
    public static final Set<String> KEYS = DialectValues.KEYS;

    /**
     * This one with some of its values changed.
     *
     * @param overrides value by name, each a text as it stands in a configuration file: {@code sample-rate-hz} is
     *     {@code 16000}
     * @throws IllegalArgumentException a name nobody knows or a value that cannot stand there; says which and what was
     *     expected
     */
    public Dialect derive(String newName, Map<String, String> overrides) {
        return DialectValues.derive(this, newName, overrides);
    }

    /**
     * Paths below the base URL, each with a slash at its start; {@code {model}} in one stands for the model's name.
     */
    public record Paths(String chat, String transcriptions, String translations, String speech, String models) {
        public static final Paths OPENAI = new Paths(
                "/chat/completions", "/audio/transcriptions", "/audio/translations", "/audio/speech", "/models");

        public String of(Endpoint endpoint) {
            return switch (endpoint) {
                case CHAT -> chat;
                case TRANSCRIPTIONS -> transcriptions;
                case TRANSLATIONS -> translations;
                case SPEECH -> speech;
                case MODELS -> models;
            };
        }
    }

    /** Where the key goes. */
    public enum KeyHeader {
        /** {@code Authorization: Bearer …}. */
        BEARER,
        /** {@code api-key: …}: Azure, MiMo. */
        API_KEY
    }

    /**
     * What is written differently.
     *
     * @param streamAudioFormat {@code audio.format} of a streamed request that is to be answered in PCM16: {@code pcm16}
     *     with most, {@code pcm} at StepFun, {@code wav} at DashScope, which then sends PCM all the same
     * @param maxTokensField {@code max_completion_tokens}, or {@code max_tokens} of older servers
     * @param inputAudio how the person's speech is handed over
     * @param quotesAudioIds whether an earlier answer may be quoted by its audio id; otherwise its words are told
     * @param speaksLastAssistantMessage text to speech behind chat completions: what is to be said stands in an assistant
     *     message, how it is to be said in one of the user (MiMo)
     */
    public record Request(
            String streamAudioFormat,
            String maxTokensField,
            InputAudioForm inputAudio,
            boolean quotesAudioIds,
            boolean speaksLastAssistantMessage) {
        public static final Request OPENAI =
                new Request("pcm16", "max_completion_tokens", InputAudioForm.BASE64, true, false);

        /** An audio id belongs to the account that heard the answer: who stands in front of many cannot quote it. */
        private static final Request RESOLD =
                new Request("pcm16", "max_completion_tokens", InputAudioForm.BASE64, false, false);
    }

    /** How a clip stands in a user message. */
    public enum InputAudioForm {
        /** {@code input_audio:{data:"UklGR…", format:"wav"}}. */
        BASE64,
        /** {@code input_audio:{data:"data:;base64,UklGR…", format:"wav"}}: DashScope. */
        DATA_URL,
        /** {@code {type:"audio_url", audio_url:{url:"data:audio/wav;base64,UklGR…"}}}: vLLM. */
        AUDIO_URL
    }

    /**
     * What is read differently.
     *
     * @param audioPlace where the sound stands
     * @param sampleRateHz of PCM without a header
     * @param contentIsTranscript whether {@code delta.content} of an answer that was asked for aloud is what is being
     *     spoken; otherwise the model has answered in writing
     * @param end what counts as the end, beside {@code [DONE]}
     */
    public record Answer(AudioPlace audioPlace, int sampleRateHz, boolean contentIsTranscript, End end) {
        public static final Answer OPENAI = new Answer(AudioPlace.AUDIO_DATA, 24_000, false, End.FINISH);

        /** As OpenAI, but what is spoken may also stand in {@code delta.content}. */
        private static final Answer WORDS_IN_CONTENT = new Answer(AudioPlace.AUDIO_DATA, 24_000, true, End.FINISH);

        public Answer {
            if (!SpokenFormat.isSpeechRate(sampleRateHz)) {
                throw new IllegalArgumentException(
                        "sampleRateHz: " + sampleRateHz + " (expected: " + SpokenFormat.EXPECTED_RATES + ")");
            }
        }
    }

    /** Where the sound of an answer stands. */
    public enum AudioPlace {
        /** {@code delta.audio.data}. */
        AUDIO_DATA,
        /** {@code delta.content} of events whose top-level {@code modality} is {@code audio}: vLLM-Omni. */
        CONTENT_OF_MODALITY
    }

    /** After what nothing of an answer is missing. */
    public enum End {
        /** {@code finish_reason}, or the lone expiry of a spoken answer. */
        FINISH,
        /** The stream's own end: {@code finish_reason} is said once for each modality, and sound may follow it. */
        DONE
    }

    public static final Dialect OPENAI =
            likeOpenAi("openai", "https://api.openai.com/v1", Request.OPENAI, Answer.OPENAI);

    /** Azure's classic form, below {@code https://resource.openai.azure.com/openai}. */
    public static final Dialect AZURE = new Dialect(
            "azure",
            null,
            new Paths(
                    "/deployments/{model}/chat/completions",
                    "/deployments/{model}/audio/transcriptions",
                    "/deployments/{model}/audio/translations",
                    "/deployments/{model}/audio/speech",
                    "/models"),
            KeyHeader.API_KEY,
            Request.OPENAI,
            Answer.OPENAI);

    /** Azure's newer form, below {@code https://resource.openai.azure.com/openai/v1}: OpenAI's but for the key. */
    public static final Dialect AZURE_V1 =
            new Dialect("azure-v1", null, Paths.OPENAI, KeyHeader.API_KEY, Request.OPENAI, Answer.OPENAI);

    public static final Dialect OPENROUTER =
            likeOpenAi("openrouter", "https://openrouter.ai/api/v1", Request.RESOLD, Answer.OPENAI);

    /** Alibaba's Qwen-Omni, from China. */
    public static final Dialect DASHSCOPE = likeOpenAi(
            "dashscope",
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            new Request("wav", "max_tokens", InputAudioForm.DATA_URL, false, false),
            Answer.WORDS_IN_CONTENT);

    /** Alibaba's Qwen-Omni, from Singapore. */
    public static final Dialect DASHSCOPE_INTL = likeOpenAi(
            "dashscope-intl",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            DASHSCOPE.request(),
            DASHSCOPE.answer());

    public static final Dialect STEPFUN = likeOpenAi(
            "stepfun",
            "https://api.stepfun.com/v1",
            new Request("pcm", "max_tokens", InputAudioForm.BASE64, false, false),
            Answer.WORDS_IN_CONTENT);

    /** vLLM-Omni. */
    public static final Dialect VLLM = likeOpenAi(
            "vllm",
            null,
            new Request("wav", "max_tokens", InputAudioForm.AUDIO_URL, false, false),
            new Answer(AudioPlace.CONTENT_OF_MODALITY, 24_000, true, End.DONE));

    /** SGLang-Omni. */
    public static final Dialect SGLANG = likeOpenAi(
            "sglang",
            null,
            new Request("wav", "max_tokens", InputAudioForm.BASE64, false, false),
            Answer.WORDS_IN_CONTENT);

    /** Xiaomi's text to speech. */
    public static final Dialect MIMO = new Dialect(
            "mimo",
            "https://api.xiaomimimo.com/v1",
            Paths.OPENAI,
            KeyHeader.API_KEY,
            new Request("pcm16", "max_completion_tokens", InputAudioForm.BASE64, false, true),
            Answer.OPENAI);

    /** A LiteLLM proxy in front of any of the others. */
    public static final Dialect LITELLM = likeOpenAi("litellm", null, Request.RESOLD, Answer.OPENAI);

    public static final Dialect AITUNNEL =
            likeOpenAi("aitunnel", "https://api.aitunnel.ru/v1", Request.RESOLD, Answer.OPENAI);

    public static final Dialect COMETAPI =
            likeOpenAi("cometapi", "https://api.cometapi.com/v1", Request.RESOLD, Answer.OPENAI);

    /** All that have a name of their own, by it. */
    public static final Map<String, Dialect> KNOWN = Stream.of(
                    OPENAI,
                    AZURE,
                    AZURE_V1,
                    OPENROUTER,
                    DASHSCOPE,
                    DASHSCOPE_INTL,
                    STEPFUN,
                    VLLM,
                    SGLANG,
                    MIMO,
                    LITELLM,
                    AITUNNEL,
                    COMETAPI)
            .collect(Collectors.toUnmodifiableMap(Dialect::name, Function.identity()));

    private static Dialect likeOpenAi(String name, @Nullable String baseUrl, Request request, Answer answer) {
        return new Dialect(name, baseUrl, Paths.OPENAI, KeyHeader.BEARER, request, answer);
    }
}
