package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;

/**
 * The {@code session} object of GA, whole: every key it can have is there, with a null where there is nothing, because
 * strict clients look for all of them. What a response object shares with it is here too.
 */
final class SessionJson {
    private SessionJson() {}

    static void write(String sessionId, long expiresAtUnixSeconds, SessionSettings settings, JsonWriter json) {
        if (settings.output().modality() == Modality.NONE) {
            writeTranscriptionSession(sessionId, expiresAtUnixSeconds, settings, json);
            return;
        }
        json.beginObject();
        json.text("type", "realtime");
        json.text("object", "realtime.session");
        json.text("id", sessionId);
        json.text("model", settings.model());
        writeModalities(settings, json);
        json.text("instructions", settings.instructions());
        SettingsJson.writeTools(settings.tools(), json);
        SettingsJson.writeReasoning(settings.generation(), json);
        SettingsJson.writeMaxOutputTokens("max_output_tokens", settings.generation(), json);
        SettingsJson.writeTruncation(settings.generation(), json);
        json.nothing("tracing");
        json.nothing("prompt");
        json.number("expires_at", expiresAtUnixSeconds);
        json.beginObject("audio");
        writeInput(settings.input(), json);
        json.beginObject("output");
        AudioFormats.write(settings.output().format(), json);
        json.text("voice", settings.output().voice());
        json.number("speed", settings.output().speedRatio());
        json.end();
        json.end();
        json.nothing("include");
        json.end();
    }

    private static void writeTranscriptionSession(
            String sessionId, long expiresAtUnixSeconds, SessionSettings settings, JsonWriter json) {
        json.beginObject();
        json.text("type", "transcription");
        json.text("object", "realtime.transcription_session");
        json.text("id", sessionId);
        json.number("expires_at", expiresAtUnixSeconds);
        json.beginObject("audio");
        writeInput(settings.input(), json);
        json.end();
        json.nothing("include");
        json.end();
    }

    private static void writeInput(SessionSettings.Input input, JsonWriter json) {
        json.beginObject("input");
        AudioFormats.write(input.format(), json);
        SettingsJson.writeTranscription("transcription", input.transcription(), json);
        SettingsJson.writeNoiseReduction("noise_reduction", input.noiseReduction(), json);
        SettingsJson.writeTurnDetection(input.turnDetection(), json);
        json.end();
    }

    static void writeModalities(SessionSettings settings, JsonWriter json) {
        json.beginArray("output_modalities");
        json.text(settings.output().modality() == Modality.AUDIO ? "audio" : "text");
        json.endArray();
    }
}
