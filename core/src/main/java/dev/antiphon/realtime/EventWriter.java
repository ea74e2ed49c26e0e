package dev.antiphon.realtime;

import dev.antiphon.conversation.Item;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.upstream.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * Writes server events, as their types and the dialect want them.
 *
 * <p>Threading: confined to its caller.
 */
final class EventWriter implements ServerEvent.Handler {
    /** Largest {@code conversation.item.retrieved}; what would make it larger is left out. */
    static final int MAX_RETRIEVED_BYTES = 700_000;

    private final Dialect dialect;
    private final JsonWriter json;
    private final ItemJson items;
    private final EventNumber number;

    /** @param number of the event that is written; whoever makes it write another counts on before */
    EventWriter(Dialect dialect, JsonWriter json, EventNumber number) {
        this.dialect = dialect;
        this.json = json;
        items = new ItemJson(dialect, json);
        this.number = number;
    }

    @Override
    public void onSessionCreated(ServerEvent.SessionCreated event) {
        session("created", event.sessionId(), event.expiresAtUnixSeconds(), event.settings());
    }

    @Override
    public void onSessionUpdated(ServerEvent.SessionUpdated event) {
        session("updated", event.sessionId(), event.expiresAtUnixSeconds(), event.settings());
    }

    @Override
    public void onSpeechStarted(ServerEvent.SpeechStarted event) {
        begin("input_audio_buffer.speech_started");
        json.number("audio_start_ms", event.audioStartMillis());
        json.text("item_id", event.itemId());
        json.end();
    }

    @Override
    public void onSpeechStopped(ServerEvent.SpeechStopped event) {
        begin("input_audio_buffer.speech_stopped");
        json.number("audio_end_ms", event.audioEndMillis());
        json.text("item_id", event.itemId());
        json.end();
    }

    @Override
    public void onInputAudioCommitted(ServerEvent.InputAudioCommitted event) {
        begin("input_audio_buffer.committed");
        json.textOrNull("previous_item_id", event.previousItemId());
        json.text("item_id", event.itemId());
        json.end();
    }

    @Override
    public void onInputAudioCleared(ServerEvent.InputAudioCleared event) {
        begin("input_audio_buffer.cleared");
        json.end();
    }

    @Override
    public void onItemAdded(ServerEvent.ItemAdded event) {
        String type = switch (dialect) {
            case GA -> "conversation.item.added";
            case BETA -> "conversation.item.created";
        };
        conversationItem(type, event.item(), event.previousItemId());
    }

    @Override
    public void onItemDone(ServerEvent.ItemDone event) {
        conversationItem("conversation.item.done", event.item(), event.previousItemId());
    }

    @Override
    public void onItemTruncated(ServerEvent.ItemTruncated event) {
        begin("conversation.item.truncated");
        json.text("item_id", event.itemId());
        json.number("content_index", event.contentIndex());
        json.number("audio_end_ms", event.audioEndMillis());
        json.end();
    }

    @Override
    public void onItemRetrieved(ServerEvent.ItemRetrieved event) {
        begin("conversation.item.retrieved");
        json.field("item");
        items.writeWithAudio(event.item(), MAX_RETRIEVED_BYTES);
        json.end();
    }

    @Override
    public void onItemDeleted(ServerEvent.ItemDeleted event) {
        begin("conversation.item.deleted");
        json.text("item_id", event.itemId());
        json.end();
    }

    @Override
    public void onInputAudioTimeoutTriggered(ServerEvent.InputAudioTimeoutTriggered event) {
        begin("input_audio_buffer.timeout_triggered");
        json.number("audio_start_ms", event.audioStartMillis());
        json.number("audio_end_ms", event.audioEndMillis());
        json.text("item_id", event.itemId());
        json.end();
    }

    @Override
    public void onInputTranscriptionDelta(ServerEvent.InputTranscriptionDelta event) {
        beginTranscription("delta", event.itemId(), event.contentIndex());
        json.text("delta", event.delta());
        json.end();
    }

    @Override
    public void onInputTranscriptionCompleted(ServerEvent.InputTranscriptionCompleted event) {
        beginTranscription("completed", event.itemId(), event.contentIndex());
        json.text("transcript", event.transcript());
        TranscriptionJson.writeUsage(json, event.usage());
        json.end();
    }

    @Override
    public void onInputTranscriptionFailed(ServerEvent.InputTranscriptionFailed event) {
        beginTranscription("failed", event.itemId(), event.contentIndex());
        TranscriptionJson.writeError(json, event.error());
        json.end();
    }

    private void beginTranscription(String what, String itemId, int contentIndex) {
        begin("conversation.item.input_audio_transcription." + what);
        json.text("item_id", itemId);
        json.number("content_index", contentIndex);
    }

    @Override
    public void onRateLimitsUpdated(ServerEvent.RateLimitsUpdated event) {
        begin("rate_limits.updated");
        json.beginArray("rate_limits");
        for (RateLimit limit : event.rateLimits()) {
            json.beginObject();
            json.text("name", limit.name());
            json.number("limit", limit.limit());
            json.number("remaining", limit.remaining());
            json.number("reset_seconds", limit.resetSeconds());
            json.end();
        }
        json.endArray();
        json.end();
    }

    @Override
    public void onResponseCreated(ServerEvent.ResponseCreated event) {
        response("response.created", event.response());
    }

    @Override
    public void onResponseDone(ServerEvent.ResponseDone event) {
        response("response.done", event.response());
    }

    @Override
    public void onOutputItemAdded(ServerEvent.OutputItemAdded event) {
        outputItem("response.output_item.added", event.responseId(), event.outputIndex(), event.item());
    }

    @Override
    public void onOutputItemDone(ServerEvent.OutputItemDone event) {
        outputItem("response.output_item.done", event.responseId(), event.outputIndex(), event.item());
    }

    @Override
    public void onContentPartAdded(ServerEvent.ContentPartAdded event) {
        contentPart("response.content_part.added", event.part(), event.kind(), "");
    }

    @Override
    public void onContentPartDone(ServerEvent.ContentPartDone event) {
        contentPart("response.content_part.done", event.part(), event.kind(), event.text());
    }

    @Override
    public void onOutputAudioDone(ServerEvent.OutputAudioDone event) {
        beginOutput("audio.done", event.part());
        json.end();
    }

    @Override
    public void onOutputAudioTranscriptDelta(ServerEvent.OutputAudioTranscriptDelta event) {
        beginOutput("audio_transcript.delta", event.part());
        json.text("delta", event.delta());
        json.end();
    }

    @Override
    public void onOutputAudioTranscriptDone(ServerEvent.OutputAudioTranscriptDone event) {
        beginOutput("audio_transcript.done", event.part());
        json.text("transcript", event.transcript());
        json.end();
    }

    @Override
    public void onOutputTextDelta(ServerEvent.OutputTextDelta event) {
        beginOutput("text.delta", event.part());
        json.text("delta", event.delta());
        json.end();
    }

    @Override
    public void onOutputTextDone(ServerEvent.OutputTextDone event) {
        beginOutput("text.done", event.part());
        json.text("text", event.text());
        json.end();
    }

    @Override
    public void onFunctionCallArgumentsDelta(ServerEvent.FunctionCallArgumentsDelta event) {
        begin("response.function_call_arguments.delta");
        json.text("response_id", event.responseId());
        json.text("item_id", event.itemId());
        json.number("output_index", event.outputIndex());
        json.text("call_id", event.callId());
        json.text("delta", event.delta());
        json.end();
    }

    @Override
    public void onFunctionCallArgumentsDone(ServerEvent.FunctionCallArgumentsDone event) {
        begin("response.function_call_arguments.done");
        json.text("response_id", event.responseId());
        json.text("item_id", event.itemId());
        json.number("output_index", event.outputIndex());
        json.text("call_id", event.callId());
        json.text("name", event.name());
        json.text("arguments", event.arguments());
        json.end();
    }

    @Override
    public void onError(ServerEvent.ErrorEvent event) {
        begin("error");
        json.beginObject("error");
        json.text("type", event.type());
        json.textOrNull("code", event.code());
        json.text("message", event.message());
        json.textOrNull("param", event.param());
        json.textOrNull("event_id", event.clientEventId());
        json.end();
        json.end();
    }

    private void begin(String type) {
        json.beginObject();
        json.text("type", type);
        json.text("event_id", number.text(), 0, number.length());
    }

    private void beginOutput(String what, PartRef part) {
        begin(outputPrefix(dialect) + what, part);
    }

    /** What the types of the events begin with that bring the answer's own sound and words. */
    static String outputPrefix(Dialect dialect) {
        return switch (dialect) {
            case GA -> "response.output_";
            case BETA -> "response.";
        };
    }

    private void begin(String type, PartRef part) {
        begin(type);
        json.text("response_id", part.responseId());
        json.text("item_id", part.itemId());
        json.number("output_index", part.outputIndex());
        json.number("content_index", part.contentIndex());
    }

    /** A transcription session is an event of its own in the beta, and a type of session in GA. */
    private void session(String what, String sessionId, long expiresAtUnixSeconds, SessionSettings settings) {
        boolean isTranscription = settings.output().modality() == SessionSettings.Modality.NONE;
        switch (dialect) {
            case GA -> {
                begin("session." + what);
                json.field("session");
                SessionJson.write(sessionId, expiresAtUnixSeconds, settings, json);
            }
            case BETA -> {
                begin((isTranscription ? "transcription_session." : "session.") + what);
                json.field("session");
                BetaSessionJson.write(sessionId, expiresAtUnixSeconds, settings, json);
            }
        }
        json.end();
    }

    private void conversationItem(String type, Item item, @Nullable String previousItemId) {
        begin(type);
        json.textOrNull("previous_item_id", previousItemId);
        json.field("item");
        items.write(item);
        json.end();
    }

    private void response(String type, ResponseSnapshot response) {
        begin(type);
        json.field("response");
        ResponseJson.write(response, dialect, json, items);
        json.end();
    }

    private void outputItem(String type, String responseId, int outputIndex, Item item) {
        begin(type);
        json.text("response_id", responseId);
        json.number("output_index", outputIndex);
        json.field("item");
        items.write(item);
        json.end();
    }

    /** In these two events GA kept the beta's names of the parts: {@code audio}, not {@code output_audio}. */
    private void contentPart(String type, PartRef part, ServerEvent.PartKind kind, String text) {
        begin(type, part);
        json.beginObject("part");
        switch (kind) {
            case AUDIO -> {
                json.text("type", "audio");
                json.text("transcript", text);
            }
            case TEXT -> {
                json.text("type", "text");
                json.text("text", text);
            }
        }
        json.end();
        json.end();
    }
}
