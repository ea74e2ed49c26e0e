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
     */
    public record Input(AudioFormat format, @Nullable TurnDetection turnDetection) {}

    /**
     * {@code server_vad}.
     *
     * @param createResponse answer by itself when a turn ends
     * @param interruptResponse stop the answer when the person starts to speak
     */
    public record TurnDetection(TurnSettings turn, boolean createResponse, boolean interruptResponse) {
        public static final TurnDetection DEFAULT = new TurnDetection(TurnSettings.DEFAULT, true, true);
    }

    /** What an answer is made of. */
    public enum Modality {
        AUDIO,
        TEXT
    }

    /** @param speedRatio 1: as the model speaks */
    public record Output(Modality modality, AudioFormat format, String voice, double speedRatio) {}

    /**
     * @param maxOutputTokens null: the protocol's {@code "inf"}
     * @param temperature null: the provider's default
     */
    public record Generation(
            @Nullable Integer maxOutputTokens, @Nullable Double temperature) {
        public static final Generation DEFAULT = new Generation(null, null);
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
