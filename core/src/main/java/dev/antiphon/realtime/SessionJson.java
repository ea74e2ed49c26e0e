package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import org.jspecify.annotations.Nullable;

/**
 * The {@code session} object, whole: every key it can have is there, with a null where there is nothing, because strict
 * clients look for all of them. What a response object shares with it is here too.
 */
final class SessionJson {
    private static final String PCM_MIME_TYPE = "audio/pcm";
    private static final int PCM_RATE_HZ = 24_000;

    private SessionJson() {}

    static void write(String sessionId, long expiresAtUnixSeconds, SessionSettings settings, JsonWriter json) {
        json.beginObject();
        json.text("type", "realtime");
        json.text("object", "realtime.session");
        json.text("id", sessionId);
        json.text("model", settings.model());
        writeModalities(settings, json);
        json.text("instructions", settings.instructions());
        writeTools(settings, json);
        writeMaxOutputTokens(settings, json);
        json.nothing("tracing");
        json.nothing("prompt");
        json.number("expires_at", expiresAtUnixSeconds);
        json.beginObject("audio");
        json.beginObject("input");
        writeFormat(json);
        json.nothing("transcription");
        json.nothing("noise_reduction");
        writeTurnDetection(settings.input().turnDetection(), json);
        json.end();
        json.beginObject("output");
        writeFormat(json);
        json.text("voice", settings.output().voice());
        json.number("speed", settings.output().speedRatio());
        json.end();
        json.end();
        json.nothing("include");
        json.end();
    }

    static void writeModalities(SessionSettings settings, JsonWriter json) {
        json.beginArray("output_modalities");
        json.text(settings.output().modality() == Modality.AUDIO ? "audio" : "text");
        json.endArray();
    }

    static void writeMaxOutputTokens(SessionSettings settings, JsonWriter json) {
        Integer maxOutputTokens = settings.generation().maxOutputTokens();
        if (maxOutputTokens == null) json.text("max_output_tokens", "inf");
        else json.number("max_output_tokens", maxOutputTokens.longValue());
    }

    /** The one format there is so far. */
    static void writeFormat(JsonWriter json) {
        json.beginObject("format");
        json.text("type", PCM_MIME_TYPE);
        json.number("rate", PCM_RATE_HZ);
        json.end();
    }

    private static void writeTurnDetection(@Nullable TurnDetection detection, JsonWriter json) {
        if (detection == null) {
            json.nothing("turn_detection");
            return;
        }
        json.beginObject("turn_detection");
        json.text("type", "server_vad");
        json.number("threshold", detection.turn().threshold());
        json.number("prefix_padding_ms", detection.turn().prefixPaddingMillis());
        json.number("silence_duration_ms", detection.turn().silenceDurationMillis());
        json.nothing("idle_timeout_ms");
        json.bool("create_response", detection.createResponse());
        json.bool("interrupt_response", detection.interruptResponse());
        json.end();
    }

    private static void writeTools(SessionSettings settings, JsonWriter json) {
        json.beginArray("tools");
        for (ToolDefinition tool : settings.tools().offered()) {
            json.beginObject();
            json.text("type", "function");
            json.text("name", tool.name());
            if (tool.description() != null) json.text("description", tool.description());
            if (tool.parametersJson() != null) json.raw("parameters", tool.parametersJson());
            json.end();
        }
        json.endArray();
        writeToolChoice(settings.tools().choice(), json);
        Boolean parallelCalls = settings.tools().parallelCalls();
        if (parallelCalls != null) json.bool("parallel_tool_calls", parallelCalls);
    }

    private static void writeToolChoice(ToolChoice choice, JsonWriter json) {
        switch (choice.mode()) {
            case AUTO -> json.text("tool_choice", "auto");
            case NONE -> json.text("tool_choice", "none");
            case REQUIRED -> json.text("tool_choice", "required");
            case FUNCTION -> {
                json.beginObject("tool_choice");
                json.text("type", "function");
                json.textOrNull("name", choice.functionName());
                json.end();
            }
        }
    }
}
