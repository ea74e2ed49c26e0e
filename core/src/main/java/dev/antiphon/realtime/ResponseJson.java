package dev.antiphon.realtime;

import dev.antiphon.conversation.Item;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.ResponseSnapshot.Reason;
import dev.antiphon.session.ResponseSnapshot.Status;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.upstream.Usage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code response} object, whole: every key is there, with a null where there is nothing. */
final class ResponseJson {
    private ResponseJson() {}

    static void write(ResponseSnapshot response, Dialect dialect, JsonWriter json, ItemJson items) {
        json.beginObject();
        json.text("object", "realtime.response");
        json.text("id", response.identity().responseId());
        json.text("status", nameOf(response.outcome().status()));
        writeStatusDetails(response.outcome(), json);
        json.beginArray("output");
        List<Item> output = response.output();
        for (int i = 0; i < output.size(); i++) items.write(output.get(i));
        json.endArray();
        json.textOrNull("conversation_id", response.identity().conversationId());
        switch (dialect) {
            case GA -> writeSettings(response.settings(), json);
            case BETA -> {
                BetaSessionJson.writeOutput(response.settings(), json);
                SettingsJson.writeMaxOutputTokens(
                        "max_output_tokens", response.settings().generation(), json);
            }
        }
        writeUsage(response.usage(), json);
        writeMetadata(response.identity().metadata(), json);
        json.end();
    }

    private static void writeSettings(SessionSettings settings, JsonWriter json) {
        SessionJson.writeModalities(settings, json);
        SettingsJson.writeMaxOutputTokens("max_output_tokens", settings.generation(), json);
        json.beginObject("audio");
        json.beginObject("output");
        AudioFormats.write(settings.output().format(), json);
        json.text("voice", settings.output().voice());
        json.end();
        json.end();
    }

    private static void writeStatusDetails(Outcome outcome, JsonWriter json) {
        if (outcome.status() == Status.IN_PROGRESS || outcome.status() == Status.COMPLETED) {
            json.nothing("status_details");
            return;
        }
        json.beginObject("status_details");
        json.text("type", nameOf(outcome.status()));
        if (outcome.reason() != null) json.text("reason", nameOf(outcome.reason()));
        ResponseSnapshot.Failure error = outcome.error();
        if (error != null) {
            json.beginObject("error");
            json.text("type", error.type());
            if (error.code() != null) json.text("code", error.code());
            json.text("message", error.message());
            json.end();
        }
        json.end();
    }

    private static void writeUsage(@Nullable Usage usage, JsonWriter json) {
        if (usage == null) {
            json.nothing("usage");
            return;
        }
        json.beginObject("usage");
        json.number("total_tokens", usage.totalTokens());
        json.number("input_tokens", usage.input().tokens());
        json.number("output_tokens", usage.output().tokens());
        json.beginObject("input_token_details");
        json.number("text_tokens", usage.input().textTokens());
        json.number("audio_tokens", usage.input().audioTokens());
        json.number("image_tokens", usage.input().imageTokens());
        json.number("cached_tokens", usage.input().cachedTokens());
        // Chat completions do not say of what kind the cached tokens were; providers cache text.
        json.beginObject("cached_tokens_details");
        json.number("text_tokens", usage.input().cachedTokens());
        json.number("audio_tokens", 0);
        json.number("image_tokens", 0);
        json.end();
        json.end();
        json.beginObject("output_token_details");
        json.number("text_tokens", usage.output().textTokens());
        json.number("audio_tokens", usage.output().audioTokens());
        json.end();
        json.end();
    }

    private static void writeMetadata(Map<String, String> metadata, JsonWriter json) {
        if (metadata.isEmpty()) {
            json.nothing("metadata");
            return;
        }
        json.beginObject("metadata");
        metadata.forEach(json::text);
        json.end();
    }

    private static String nameOf(Status status) {
        return switch (status) {
            case IN_PROGRESS -> "in_progress";
            case COMPLETED -> "completed";
            case CANCELLED -> "cancelled";
            case FAILED -> "failed";
            case INCOMPLETE -> "incomplete";
        };
    }

    private static String nameOf(Reason reason) {
        return switch (reason) {
            case TURN_DETECTED -> "turn_detected";
            case CLIENT_CANCELLED -> "client_cancelled";
            case MAX_OUTPUT_TOKENS -> "max_output_tokens";
            case CONTENT_FILTER -> "content_filter";
        };
    }
}
