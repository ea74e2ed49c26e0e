package dev.antiphon.session;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import org.jspecify.annotations.Nullable;

/**
 * Everything a client may set of its session. A response freezes the settings it starts with.
 *
 * <p>Threading: immutable.
 *
 * @param model as the client named it; fixed once the session is open
 * @param instructions empty: none
 */
public record SessionSettings(
        String model, String instructions, Input input, Output output, ChatRequest.Tools tools, Generation generation) {

    /**
     * @param format of the audio the client sends
     * @param turnDetection null: push-to-talk, the client says when a turn ends
     * @param transcription null: nobody writes down what the person says
     * @param noiseReduction {@code near_field} or {@code far_field}: told back, of no effect; null: none asked for
     */
    public record Input(
            AudioFormat format,
            @Nullable TurnDetection turnDetection,
            @Nullable Transcription transcription,
            @Nullable String noiseReduction) {

        public Input(AudioFormat format, @Nullable TurnDetection turnDetection) {
            this(format, turnDetection, null, null);
        }
    }

    /**
     * Who writes down what the person says, beside the answer.
     *
     * @param language ISO-639-1; null: to be guessed
     * @param prompt words to expect; null: none
     */
    public record Transcription(
            String model,
            @Nullable String language,
            @Nullable String prompt) {}

    /**
     * {@code turn_detection}: {@code server_vad}, or {@code semantic_vad} where {@code turn} has an eagerness.
     *
     * @param createResponse answer by itself when a turn ends
     * @param interruptResponse stop the answer when the person starts to speak
     * @param idleTimeoutMillis silence after the answer was played that makes the model speak again; null: never
     */
    public record TurnDetection(
            TurnSettings turn,
            boolean createResponse,
            boolean interruptResponse,
            @Nullable Integer idleTimeoutMillis) {
        public static final TurnDetection DEFAULT = new TurnDetection(TurnSettings.DEFAULT, true, true);

        public TurnDetection(TurnSettings turn, boolean createResponse, boolean interruptResponse) {
            this(turn, createResponse, interruptResponse, null);
        }
    }

    /** What an answer is made of. */
    public enum Modality {
        AUDIO,
        TEXT,
        /** A {@code transcription} session: nothing is ever answered. */
        NONE
    }

    /** @param speedRatio 1: as the model speaks */
    public record Output(Modality modality, AudioFormat format, String voice, double speedRatio) {}

    /**
     * Bounds of an answer and of what the model is told.
     *
     * @param maxOutputTokens null: the protocol's {@code "inf"}
     * @param temperature null: the provider's default
     * @param reasoningEffort null: the provider's default
     */
    public record Generation(
            @Nullable Integer maxOutputTokens,
            @Nullable Double temperature,
            @Nullable String reasoningEffort,
            Truncation truncation) {
        public static final Generation DEFAULT = new Generation(null, null);

        public Generation(@Nullable Integer maxOutputTokens, @Nullable Double temperature) {
            this(maxOutputTokens, temperature, null, Truncation.AUTO);
        }
    }

    /**
     * What happens when the conversation outgrows the model's context.
     *
     * @param isEnabled false: nothing is left out, the provider may refuse
     * @param retentionRatio share of the context that is kept when something is left out, so that it need not happen again
     *     at once; 1: only what is needed is left out
     */
    public record Truncation(boolean isEnabled, double retentionRatio) {
        public static final Truncation AUTO = new Truncation(true, 1);
        public static final Truncation DISABLED = new Truncation(false, 1);

        public Truncation {
            if (!(retentionRatio >= 0 && retentionRatio <= 1)) {
                throw new IllegalArgumentException("retention_ratio: " + retentionRatio + " (expected: 0 to 1)");
            }
        }
    }

    /** What a session starts with when the client says nothing. */
    public static SessionSettings defaults(String model, String voice) {
        return new SessionSettings(
                model,
                "",
                new Input(AudioFormat.PCM16_24KHZ, TurnDetection.DEFAULT),
                new Output(Modality.AUDIO, AudioFormat.PCM16_24KHZ, voice, 1),
                ChatRequest.Tools.NONE,
                Generation.DEFAULT);
    }

    public SessionSettings withModel(String newModel) {
        return new SessionSettings(newModel, instructions, input, output, tools, generation);
    }

    public SessionSettings withModality(Modality newModality) {
        return withOutput(new Output(newModality, output.format(), output.voice(), output.speedRatio()));
    }

    public SessionSettings withInstructions(String newInstructions) {
        return new SessionSettings(model, newInstructions, input, output, tools, generation);
    }

    public SessionSettings withInput(Input newInput) {
        return new SessionSettings(model, instructions, newInput, output, tools, generation);
    }

    public SessionSettings withOutput(Output newOutput) {
        return new SessionSettings(model, instructions, input, newOutput, tools, generation);
    }

    public SessionSettings withTools(ChatRequest.Tools newTools) {
        return new SessionSettings(model, instructions, input, output, newTools, generation);
    }

    public SessionSettings withGeneration(Generation newGeneration) {
        return new SessionSettings(model, instructions, input, output, tools, newGeneration);
    }
}
