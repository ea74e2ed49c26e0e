package dev.antiphon.upstream;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How one provider's chat completions differ from another's: everything that is not the same everywhere, as values. A new
 * provider is another value, made in the configuration from the one it is most like.
 *
 * <p>Threading: immutable.
 *
 * @param name as the configuration and the start-up line say it
 */
public record Dialect(String name, Paths paths, KeyHeader keyHeader, Request request, Answer answer) {

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
     * @param streamAudioFormat {@code audio.format} of a streamed request for 24 kHz PCM16: {@code pcm16} at most,
     *     {@code pcm} at StepFun, {@code wav} at DashScope, which then sends PCM all the same
     * @param maxTokensField {@code max_completion_tokens}, or {@code max_tokens} of older servers
     * @param inputAudio how the person's speech is handed over
     * @param quotesAudioIds whether an earlier answer may be quoted by its audio id; otherwise its words are told
     * @param speaksLastAssistantMessage text to speech behind chat completions: what is to be said stands in an assistant
     *     message (MiMo)
     */
    public record Request(
            String streamAudioFormat,
            String maxTokensField,
            InputAudioForm inputAudio,
            boolean quotesAudioIds,
            boolean speaksLastAssistantMessage) {
        public static final Request OPENAI =
                new Request("pcm16", "max_completion_tokens", InputAudioForm.BASE64, true, false);
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
     */
    public record Answer(AudioPlace audioPlace, int sampleRateHz, boolean contentIsTranscript) {
        public static final Answer OPENAI = new Answer(AudioPlace.AUDIO_DATA, 24_000, false);
    }

    /** Where the sound of an answer stands. */
    public enum AudioPlace {
        /** {@code delta.audio.data}. */
        AUDIO_DATA,
        /** {@code delta.content} of events whose top-level {@code modality} is {@code audio}: vLLM-Omni. */
        CONTENT_OF_MODALITY
    }

    public static final Dialect OPENAI =
            new Dialect("openai", Paths.OPENAI, KeyHeader.BEARER, Request.OPENAI, Answer.OPENAI);

    /** Azure's classic form, below {@code https://resource.openai.azure.com/openai}. */
    public static final Dialect AZURE = new Dialect(
            "azure",
            new Paths(
                    "/deployments/{model}/chat/completions",
                    "/deployments/{model}/audio/transcriptions",
                    "/deployments/{model}/audio/translations",
                    "/deployments/{model}/audio/speech",
                    "/models"),
            KeyHeader.API_KEY,
            Request.OPENAI,
            Answer.OPENAI);

    /** All that have a name of their own. */
    public static final Map<String, Dialect> KNOWN =
            List.of(OPENAI, AZURE).stream().collect(Collectors.toUnmodifiableMap(Dialect::name, Function.identity()));
}
