package dev.antiphon.realtime;

import dev.antiphon.session.SessionSettings.Generation;
import dev.antiphon.session.SessionSettings.Transcription;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.turn.Eagerness;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of a session that look alike in both dialects, whatever the dialect calls them. What only some sessions
 * have ({@code parallel_tool_calls}, {@code reasoning}, {@code truncation}) is written where it differs from the
 * protocol's default, as OpenAI does.
 */
final class SettingsJson {
    private SettingsJson() {}

    static void writeMaxOutputTokens(String field, Generation generation, JsonWriter json) {
        Integer maxOutputTokens = generation.maxOutputTokens();
        if (maxOutputTokens == null) json.text(field, "inf");
        else json.number(field, maxOutputTokens.longValue());
    }

    static void writeReasoning(Generation generation, JsonWriter json) {
        if (generation.reasoningEffort() == null) return;
        json.beginObject("reasoning");
        json.text("effort", generation.reasoningEffort());
        json.end();
    }

    static void writeTruncation(Generation generation, JsonWriter json) {
        if (!generation.truncation().isEnabled()) {
            json.text("truncation", "disabled");
        } else if (generation.truncation().retentionRatio() < 1) {
            json.beginObject("truncation");
            json.text("type", "retention_ratio");
            json.number("retention_ratio", generation.truncation().retentionRatio());
            json.end();
        }
    }

    static void writeTranscription(String field, @Nullable Transcription transcription, JsonWriter json) {
        if (transcription == null) {
            json.nothing(field);
            return;
        }
        json.beginObject(field);
        json.text("model", transcription.model());
        if (transcription.language() != null) json.text("language", transcription.language());
        if (transcription.prompt() != null) json.text("prompt", transcription.prompt());
        json.end();
    }

    static void writeNoiseReduction(String field, @Nullable String type, JsonWriter json) {
        if (type == null) {
            json.nothing(field);
            return;
        }
        json.beginObject(field);
        json.text("type", type);
        json.end();
    }

    static void writeTurnDetection(@Nullable TurnDetection detection, JsonWriter json) {
        if (detection == null) {
            json.nothing("turn_detection");
            return;
        }
        json.beginObject("turn_detection");
        TurnSettings turn = detection.turn();
        if (turn.eagerness() == null) {
            json.text("type", "server_vad");
            json.number("threshold", turn.threshold());
            json.number("prefix_padding_ms", turn.prefixPaddingMillis());
            json.number("silence_duration_ms", turn.silenceDurationMillis());
            Integer idleTimeoutMillis = detection.idleTimeoutMillis();
            if (idleTimeoutMillis == null) json.nothing("idle_timeout_ms");
            else json.number("idle_timeout_ms", idleTimeoutMillis.longValue());
        } else {
            json.text("type", "semantic_vad");
            json.text("eagerness", nameOf(turn.eagerness()));
        }
        json.bool("create_response", detection.createResponse());
        json.bool("interrupt_response", detection.interruptResponse());
        json.end();
    }

    static void writeTools(ChatRequest.Tools tools, JsonWriter json) {
        json.beginArray("tools");
        for (ToolDefinition tool : tools.offered()) {
            json.beginObject();
            json.text("type", "function");
            json.text("name", tool.name());
            if (tool.description() != null) json.text("description", tool.description());
            if (tool.parametersJson() != null) json.raw("parameters", tool.parametersJson());
            json.end();
        }
        json.endArray();
        writeToolChoice(tools.choice(), json);
        Boolean parallelCalls = tools.parallelCalls();
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

    private static String nameOf(Eagerness eagerness) {
        return switch (eagerness) {
            case LOW -> "low";
            case MEDIUM -> "medium";
            case HIGH -> "high";
        };
    }
}
