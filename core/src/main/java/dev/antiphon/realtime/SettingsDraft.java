package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Generation;
import dev.antiphon.session.SessionSettings.Input;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.Output;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Settings under change: what a client's object says is laid over what was there, field by field and as deep as the
 * object goes. A field that is absent, unknown or null leaves the settings as they are; only {@code turn_detection} may
 * be cleared with a null.
 *
 * <p>Threading: confined to its caller.
 */
final class SettingsDraft {
    // What semantic_vad becomes until there is one: it waits for sentences to end, so a longer silence must do.
    // Provisional: the eagerness has no effect, and the session is echoed as server_vad.
    private static final TurnSettings SEMANTIC_VAD =
            new TurnSettings(TurnSettings.DEFAULT.threshold(), TurnSettings.DEFAULT.prefixPaddingMillis(), 800);
    private static final double MIN_SPEED_RATIO = 0.25;
    private static final double MAX_SPEED_RATIO = 1.5;
    private static final double MAX_TEMPERATURE = 2;
    private static final int MAX_VOICE_CHARS = 256;

    private SessionSettings settings;

    SettingsDraft(SessionSettings current) {
        this.settings = current;
    }

    SessionSettings settings() {
        return settings;
    }

    /** Reads {@code session} of {@code session.update}. */
    void readSession(JsonCursor json, String path) throws IOException {
        readSession(json, path, null);
    }

    /** @param impliedType the {@code type} of an object that has none; null: it must have one */
    void readSession(JsonCursor json, String path, @Nullable String impliedType) throws IOException {
        boolean hasType = impliedType != null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            String field = json.field();
            String fieldPath = path + "." + field;
            switch (field) {
                case "type" -> {
                    readSessionType(json, fieldPath);
                    hasType = true;
                }
                case "model" -> readModel(json, fieldPath);
                case "audio" -> readAudio(json, fieldPath, true);
                default -> readShared(json, field, fieldPath);
            }
        }
        if (!hasType) throw Faults.missing(path + ".type");
    }

    /**
     * Reads one field of {@code response} of {@code response.create}, those of the beta among them: clients send them
     * to a GA session too.
     */
    void readResponseField(JsonCursor json, String field, String path) throws IOException {
        switch (field) {
            case "audio" -> readAudio(json, path, false);
            case "modalities" -> readModalities(json, path);
            case "voice" -> readVoice(json, path);
            case "temperature" -> {
                double temperature = json.number(path, 0, MAX_TEMPERATURE);
                Generation generation = settings.generation();
                settings = settings.withGeneration(new Generation(generation.maxOutputTokens(), temperature));
            }
            default -> readShared(json, field, path);
        }
    }

    private static void readSessionType(JsonCursor json, String path) throws IOException {
        String type = json.text(path);
        if (type.equals("transcription")) throw Faults.notSupportedYet(path, "A transcription session");
        if (!type.equals("realtime")) throw Faults.unsupportedValue(path, type, "realtime");
    }

    private void readModel(JsonCursor json, String path) throws IOException {
        String model = json.text(path);
        if (!model.equals(settings.model())) {
            throw Faults.invalidValue(path, path + ": cannot be changed once the session is open.");
        }
    }

    private void readShared(JsonCursor json, String field, String path) throws IOException {
        switch (field) {
            case "instructions" -> settings = settings.withInstructions(json.text(path));
            case "output_modalities" -> readModalities(json, path);
            case "max_output_tokens" -> readMaxOutputTokens(json, path);
            case "tools" -> {
                ChatRequest.Tools tools = settings.tools();
                settings = settings.withTools(new ChatRequest.Tools(
                        ToolsReader.readTools(json, path), tools.choice(), tools.parallelCalls()));
            }
            case "tool_choice" -> {
                ChatRequest.Tools tools = settings.tools();
                settings = settings.withTools(new ChatRequest.Tools(
                        tools.offered(), ToolsReader.readToolChoice(json, path), tools.parallelCalls()));
            }
            case "parallel_tool_calls" -> {
                ChatRequest.Tools tools = settings.tools();
                settings = settings.withTools(new ChatRequest.Tools(tools.offered(), tools.choice(), json.bool(path)));
            }
            default -> json.skip();
        }
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

    private void readMaxOutputTokens(JsonCursor json, String path) throws IOException {
        Integer maxOutputTokens = null;
        if (json.isString()) {
            String text = json.text(path);
            if (!text.equals("inf")) throw Faults.unsupportedValue(path, text, "inf");
        } else {
            maxOutputTokens = json.integer(path, 1, Integer.MAX_VALUE);
        }
        settings = settings.withGeneration(
                new Generation(maxOutputTokens, settings.generation().temperature()));
    }

    /** @param withInput whether {@code input} may be set here, or is passed over */
    private void readAudio(JsonCursor json, String path, boolean withInput) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "input" -> {
                    if (withInput) readInput(json, path + ".input");
                    else json.skip();
                }
                case "output" -> readOutput(json, path + ".output");
                default -> json.skip();
            }
        }
    }

    private void readInput(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            switch (json.field()) {
                case "format" -> readFormat(json, path + ".format");
                case "turn_detection" -> {
                    Input input = settings.input();
                    TurnDetection detection =
                            json.isNull() ? null : readTurnDetection(json, path + ".turn_detection", input);
                    settings = settings.withInput(new Input(input.format(), detection));
                }
                default -> json.skip();
            }
        }
    }

    private void readOutput(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "format" -> readFormat(json, path + ".format");
                case "voice" -> readVoice(json, path + ".voice");
                case "speed" -> {
                    double speedRatio = json.number(path + ".speed", MIN_SPEED_RATIO, MAX_SPEED_RATIO);
                    Output output = settings.output();
                    settings = settings.withOutput(
                            new Output(output.modality(), output.format(), output.voice(), speedRatio));
                }
                default -> json.skip();
            }
        }
    }

    /** There is one format so far, so there is nothing to keep of it. */
    private static void readFormat(JsonCursor json, String path) throws IOException {
        if (json.isNull()) return;
        String type = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(path + ".type");
                case "rate" -> json.integer(path + ".rate", 24_000, 24_000);
                default -> json.skip();
            }
        }
        if (type == null) throw Faults.missing(path + ".type");
        switch (type) {
            case "audio/pcm" -> {}
            case "audio/pcmu", "audio/pcma" -> throw Faults.notSupportedYet(path + ".type", type);
            default -> throw Faults.unsupportedValue(path + ".type", type, "audio/pcm");
        }
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

    /** Keys come in any order, so everything is read before the type decides what it is laid over. */
    private static TurnDetection readTurnDetection(JsonCursor json, String path, Input input) throws IOException {
        String type = null;
        Double threshold = null;
        Integer prefixPaddingMillis = null;
        Integer silenceDurationMillis = null;
        Boolean createResponse = null;
        Boolean interruptResponse = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            String field = json.field();
            String fieldPath = path + "." + field;
            switch (field) {
                case "type" -> type = json.text(fieldPath);
                case "threshold" -> threshold = json.number(fieldPath, 0, 1);
                case "prefix_padding_ms" -> prefixPaddingMillis = json.integer(fieldPath, 0, Integer.MAX_VALUE);
                case "silence_duration_ms" -> silenceDurationMillis = json.integer(fieldPath, 0, Integer.MAX_VALUE);
                case "create_response" -> createResponse = json.bool(fieldPath);
                case "interrupt_response" -> interruptResponse = json.bool(fieldPath);
                default -> json.skip();
            }
        }
        TurnDetection base = detectionUnder(type, path, input.turnDetection());
        TurnSettings turn = base.turn();
        try {
            turn = new TurnSettings(
                    threshold == null ? turn.threshold() : threshold.floatValue(),
                    orElse(prefixPaddingMillis, turn.prefixPaddingMillis()),
                    orElse(silenceDurationMillis, turn.silenceDurationMillis()));
        } catch (IllegalArgumentException e) {
            throw Faults.invalidValue(path, path + "." + e.getMessage());
        }
        return new TurnDetection(
                turn,
                createResponse == null ? base.createResponse() : createResponse,
                interruptResponse == null ? base.interruptResponse() : interruptResponse);
    }

    /** What a {@code turn_detection} of this type changes: the present one, or the defaults of another type. */
    private static TurnDetection detectionUnder(@Nullable String type, String path, @Nullable TurnDetection current) {
        if (type != null && type.equals("semantic_vad")) return new TurnDetection(SEMANTIC_VAD, true, true);
        if (type != null && !type.equals("server_vad")) {
            throw Faults.unsupportedValue(path + ".type", type, "server_vad", "semantic_vad");
        }
        return current == null ? TurnDetection.DEFAULT : current;
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
