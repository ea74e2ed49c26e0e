package dev.antiphon.realtime;

import dev.antiphon.realtime.ClientSecretWriter.ClientSecret;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import org.jspecify.annotations.Nullable;

/**
 * The {@code session} object of the beta, flat and whole. Its {@code temperature} is there once the client has set one:
 * until then it is the provider's own, which is not known here. What a response object shares with it is here too.
 */
final class BetaSessionJson {
    private BetaSessionJson() {}

    static void write(String sessionId, long expiresAtUnixSeconds, SessionSettings settings, JsonWriter json) {
        write(sessionId, expiresAtUnixSeconds, settings, null, json);
    }

    /** @param secret the ephemeral key that opens the session; null: it is open */
    static void write(
            String sessionId,
            long expiresAtUnixSeconds,
            SessionSettings settings,
            @Nullable ClientSecret secret,
            JsonWriter json) {
        boolean isTranscription = settings.output().modality() == Modality.NONE;
        json.beginObject();
        json.text("id", sessionId);
        json.text("object", isTranscription ? "realtime.transcription_session" : "realtime.session");
        json.number("expires_at", expiresAtUnixSeconds);
        if (secret == null) {
            json.nothing("client_secret");
        } else {
            json.beginObject("client_secret");
            ClientSecretWriter.writeFields(secret, json);
            json.end();
        }
        SessionSettings.Input input = settings.input();
        json.text("input_audio_format", AudioFormats.wordOf(input.format()));
        SettingsJson.writeTranscription("input_audio_transcription", input.transcription(), json);
        SettingsJson.writeNoiseReduction("input_audio_noise_reduction", input.noiseReduction(), json);
        SettingsJson.writeTurnDetection(input.turnDetection(), json);
        if (!isTranscription) writeAnswers(settings, json);
        json.nothing("include");
        json.end();
    }

    private static void writeAnswers(SessionSettings settings, JsonWriter json) {
        json.text("model", settings.model());
        json.text("instructions", settings.instructions());
        writeOutput(settings, json);
        json.number("speed", settings.output().speedRatio());
        SettingsJson.writeTools(settings.tools(), json);
        SettingsJson.writeReasoning(settings.generation(), json);
        SettingsJson.writeMaxOutputTokens("max_response_output_tokens", settings.generation(), json);
        SettingsJson.writeTruncation(settings.generation(), json);
        json.nothing("tracing");
        json.nothing("prompt");
    }

    /** What sessions and responses say alike of the answer's form. Speech always comes with its transcript. */
    static void writeOutput(SessionSettings settings, JsonWriter json) {
        json.beginArray("modalities");
        if (settings.output().modality() == Modality.AUDIO) json.text("audio");
        json.text("text");
        json.endArray();
        json.text("voice", settings.output().voice());
        json.text("output_audio_format", AudioFormats.wordOf(settings.output().format()));
        Double temperature = settings.generation().temperature();
        if (temperature != null) json.number("temperature", temperature.doubleValue());
    }
}
