package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings.Transcription;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a session wants done with the client's voice beside hearing its turns: {@code transcription} and
 * {@code noise_reduction}. A null clears either.
 */
final class InputSettingsReader {
    private static final int MAX_MODEL_CHARS = 256;
    private static final int MAX_LANGUAGE_CHARS = 64;

    private InputSettingsReader() {}

    /** Laid over what is in force: a client may change the language alone. Empty text means none, as null does. */
    static @Nullable Transcription readTranscription(JsonCursor json, String path, @Nullable Transcription current)
            throws IOException {
        if (json.isNull()) return null;
        String model = current == null ? null : current.model();
        String language = current == null ? null : current.language();
        String prompt = current == null ? null : current.prompt();
        json.enterObject(path);
        while (json.nextField()) {
            switch (json.field()) {
                case "model" -> {
                    if (!json.isNull()) model = json.text(path + ".model", MAX_MODEL_CHARS);
                }
                case "language" -> language = textOrNone(json, path + ".language", MAX_LANGUAGE_CHARS);
                case "prompt" -> prompt = textOrNone(json, path + ".prompt", EventBytes.MAX_STRING_CHARS);
                default -> json.skip();
            }
        }
        if (model == null || model.isEmpty()) throw Faults.missing(path + ".model");
        return new Transcription(model, language, prompt);
    }

    static @Nullable String readNoiseReduction(JsonCursor json, String path) throws IOException {
        if (json.isNull()) return null;
        String type = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.field().equals("type") && !json.isNull()) type = json.text(path + ".type");
            else json.skip();
        }
        if (type == null) throw Faults.missing(path + ".type");
        if (!type.equals("near_field") && !type.equals("far_field")) {
            throw Faults.unsupportedValue(path + ".type", type, "near_field", "far_field");
        }
        return type;
    }

    private static @Nullable String textOrNone(JsonCursor json, String path, int maxChars) throws IOException {
        if (json.isNull()) return null;
        String text = json.text(path, maxChars);
        return text.isEmpty() ? null : text;
    }
}
