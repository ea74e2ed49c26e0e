package dev.antiphon.realtime;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Input;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.Output;
import dev.antiphon.upstream.ChatRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Settings under change: what a client's object says is laid over what was there, field by field and as deep as the
 * object goes. A field that is absent or unknown leaves the settings as they are, and so does a null, except where the
 * protocol gives it a meaning: it clears {@code turn_detection}, {@code transcription} and {@code noise_reduction}.
 *
 * <p>The keys of both dialects are understood in both, because they never contradict each other and clients mix them.
 *
 * <p>Threading: confined to its caller.
 */
final class SettingsDraft {
    private static final double MIN_SPEED_RATIO = 0.25;
    private static final double MAX_SPEED_RATIO = 1.5;
    private static final int MAX_VOICE_CHARS = 256;

    private final boolean isTranscription;
    private SessionSettings settings;

    SettingsDraft(SessionSettings current) {
        this.settings = current;
        this.isTranscription = current.output().modality() == Modality.NONE;
    }

    SessionSettings settings() {
        return settings;
    }

    /**
     * Reads {@code session} of {@code session.update} and {@code transcription_session.update}.
     *
     * @param impliedType the {@code type} of an object that has none; null: it must have one
     */
    void readSession(JsonCursor json, String path, @Nullable String impliedType) throws IOException {
        String type = impliedType;
        json.enterObject(path);
        while (json.nextField()) {
            String field = json.field();
            String fieldPath = path + "." + field;
            if (field.equals("type") && !json.isNull()) type = json.text(fieldPath);
            else readSessionField(json, field, fieldPath);
        }
        if (type == null) throw Faults.missing(path + ".type");
        checkType(type, path);
        if (WireSize.of(settings) > WireSize.MAX_ECHO_BYTES) {
            throw Faults.tooLarge(path, WireSize.MAX_ECHO_BYTES, WireSize.of(settings));
        }
    }

    /** What kind of session it is was said when it was opened. */
    private void checkType(String type, String path) {
        if (!type.equals("realtime") && !type.equals("transcription")) {
            throw Faults.unsupportedValue(path + ".type", type, "realtime", "transcription");
        }
        String current = isTranscription ? "transcription" : "realtime";
        if (!type.equals(current)) {
            throw Faults.invalidValue(
                    path + ".type",
                    path + ".type: " + type + " (expected: " + current + ", as the session was opened; "
                            + "?intent=transcription opens a transcription session)");
        }
    }

    private void readSessionField(JsonCursor json, String field, String path) throws IOException {
        switch (field) {
            case "audio" -> readAudio(json, path, true);
            case "input_audio_format" -> {
                if (!json.isNull()) setInputFormat(AudioFormats.readWord(json, path));
            }
            case "input_audio_transcription" -> readTranscription(json, path);
            case "input_audio_noise_reduction" -> readNoiseReduction(json, path);
            case "turn_detection" -> readTurnDetection(json, path);
            case "model" -> {
                if (!json.isNull()) readModel(json, path);
            }
            default -> readResponseField(json, field, path);
        }
    }

    /** Reads one field of {@code response} of {@code response.create}. */
    void readResponseField(JsonCursor json, String field, String path) throws IOException {
        if (json.isNull()) return;
        if (isTranscription && !field.equals("audio")) {
            json.skip();
            return;
        }
        switch (field) {
            case "audio" -> readAudio(json, path, false);
            case "instructions" -> settings = settings.withInstructions(json.text(path));
            case "output_modalities", "modalities" -> readModalities(json, path);
            case "voice" -> readVoice(json, path);
            case "speed" -> readSpeed(json, path);
            case "output_audio_format" -> setOutputFormat(AudioFormats.readWord(json, path));
            case "tools", "tool_choice", "parallel_tool_calls" -> readTools(json, field, path);
            case "max_output_tokens", "max_response_output_tokens" ->
                settings = settings.withGeneration(
                        GenerationReader.readMaxOutputTokens(json, path, settings.generation()));
            case "temperature" ->
                settings = settings.withGeneration(GenerationReader.readTemperature(json, path, settings.generation()));
            case "reasoning" ->
                settings = settings.withGeneration(GenerationReader.readReasoning(json, path, settings.generation()));
            case "truncation" ->
                settings = settings.withGeneration(GenerationReader.readTruncation(json, path, settings.generation()));
            default -> json.skip();
        }
    }

    /** A client that sends its whole configuration names the model too; it is that of the session or nothing. */
    private void readModel(JsonCursor json, String path) throws IOException {
        String model = json.text(path);
        if (!isTranscription && !model.equals(settings.model())) {
            throw Faults.invalidValue(path, path + ": cannot be changed once the session is open.");
        }
    }

    private void readTools(JsonCursor json, String field, String path) throws IOException {
        ChatRequest.Tools tools = settings.tools();
        settings = settings.withTools(
                switch (field) {
                    case "tools" ->
                        new ChatRequest.Tools(ToolsReader.readTools(json, path), tools.choice(), tools.parallelCalls());
                    case "tool_choice" ->
                        new ChatRequest.Tools(
                                tools.offered(), ToolsReader.readToolChoice(json, path), tools.parallelCalls());
                    default -> new ChatRequest.Tools(tools.offered(), tools.choice(), json.bool(path));
                });
    }

    /** {@code ["audio"]} or {@code ["text"]}; both together, as in the beta, mean speech, which has a transcript. */
    private void readModalities(JsonCursor json, String path) throws IOException {
        boolean audio = false;
        boolean text = false;
        json.enterArray(path);
        while (json.nextElement()) {
            String modality = json.text(path);
            switch (modality) {
                case "audio" -> audio = true;
                case "text" -> text = true;
                default -> throw Faults.unsupportedValue(path, modality, "audio", "text");
            }
        }
        if (!audio && !text) throw Faults.invalidValue(path, path + ": none (expected: [\"audio\"] or [\"text\"])");
        Output output = settings.output();
        Modality modality = audio ? Modality.AUDIO : Modality.TEXT;
        settings = settings.withOutput(new Output(modality, output.format(), output.voice(), output.speedRatio()));
    }

    /** @param withInput whether {@code input} may be set here, or is passed over */
    private void readAudio(JsonCursor json, String path, boolean withInput) throws IOException {
        if (json.isNull()) return;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "input" -> {
                    if (withInput) readInput(json, path + ".input");
                    else json.skip();
                }
                case "output" -> {
                    if (isTranscription) json.skip();
                    else readOutput(json, path + ".output");
                }
                default -> json.skip();
            }
        }
    }

    private void readInput(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            switch (json.field()) {
                case "format" -> {
                    if (!json.isNull()) setInputFormat(AudioFormats.read(json, path + ".format"));
                }
                case "transcription" -> readTranscription(json, path + ".transcription");
                case "noise_reduction" -> readNoiseReduction(json, path + ".noise_reduction");
                case "turn_detection" -> readTurnDetection(json, path + ".turn_detection");
                default -> json.skip();
            }
        }
    }

    private void setInputFormat(AudioFormat format) {
        Input input = settings.input();
        settings = settings.withInput(
                new Input(format, input.turnDetection(), input.transcription(), input.noiseReduction()));
    }

    private void readTurnDetection(JsonCursor json, String path) throws IOException {
        Input input = settings.input();
        settings = settings.withInput(new Input(
                input.format(),
                TurnDetectionReader.read(json, path, input.turnDetection()),
                input.transcription(),
                input.noiseReduction()));
    }

    private void readTranscription(JsonCursor json, String path) throws IOException {
        Input input = settings.input();
        settings = settings.withInput(new Input(
                input.format(),
                input.turnDetection(),
                InputSettingsReader.readTranscription(json, path, input.transcription()),
                input.noiseReduction()));
    }

    private void readNoiseReduction(JsonCursor json, String path) throws IOException {
        Input input = settings.input();
        settings = settings.withInput(new Input(
                input.format(),
                input.turnDetection(),
                input.transcription(),
                InputSettingsReader.readNoiseReduction(json, path)));
    }

    private void readOutput(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "format" -> setOutputFormat(AudioFormats.read(json, path + ".format"));
                case "voice" -> readVoice(json, path + ".voice");
                case "speed" -> readSpeed(json, path + ".speed");
                default -> json.skip();
            }
        }
    }

    private void setOutputFormat(AudioFormat format) {
        Output output = settings.output();
        settings = settings.withOutput(new Output(output.modality(), format, output.voice(), output.speedRatio()));
    }

    private void readSpeed(JsonCursor json, String path) throws IOException {
        double speedRatio = json.number(path, MIN_SPEED_RATIO, MAX_SPEED_RATIO);
        Output output = settings.output();
        settings = settings.withOutput(new Output(output.modality(), output.format(), output.voice(), speedRatio));
    }

    private void readVoice(JsonCursor json, String path) throws IOException {
        String voice = null;
        if (json.isString()) {
            voice = json.text(path, MAX_VOICE_CHARS);
        } else {
            json.enterObject(path);
            while (json.nextField()) {
                if (json.field().equals("id") && !json.isNull()) voice = json.text(path + ".id", MAX_VOICE_CHARS);
                else json.skip();
            }
            if (voice == null) throw Faults.missing(path + ".id");
        }
        if (voice.isEmpty()) throw Faults.invalidValue(path, path + ": empty (expected: the name of a voice)");
        Output output = settings.output();
        settings = settings.withOutput(new Output(output.modality(), output.format(), voice, output.speedRatio()));
    }
}
