package dev.antiphon.session;

import dev.antiphon.conversation.Item;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.TranscriptionUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session tells its client, but for audio, which leaves as {@link ClientOutlet#sendAudio}. Named after the
 * Realtime server events (GA).
 *
 * <p>Threading: immutable.
 */
public sealed interface ServerEvent {

    void dispatchTo(Handler handler);

    /** @param expiresAtUnixSeconds when the session ends by itself */
    record SessionCreated(String sessionId, long expiresAtUnixSeconds, SessionSettings settings)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onSessionCreated(this);
        }
    }

    /** @param expiresAtUnixSeconds when the session ends by itself */
    record SessionUpdated(String sessionId, long expiresAtUnixSeconds, SessionSettings settings)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onSessionUpdated(this);
        }
    }

    /**
     * @param itemId the item the turn will become
     * @param audioStartMillis of all audio ever appended, padding included
     */
    record SpeechStarted(String itemId, long audioStartMillis) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onSpeechStarted(this);
        }
    }

    /** @param audioEndMillis of all audio ever appended */
    record SpeechStopped(String itemId, long audioEndMillis) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onSpeechStopped(this);
        }
    }

    /** @param previousItemId null: the first of the conversation */
    record InputAudioCommitted(String itemId, @Nullable String previousItemId) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputAudioCommitted(this);
        }
    }

    record InputAudioCleared() implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputAudioCleared(this);
        }
    }

    /** @param previousItemId null: the first of the conversation */
    record ItemAdded(Item item, @Nullable String previousItemId) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemAdded(this);
        }
    }

    /** @param previousItemId null: the first of the conversation */
    record ItemDone(Item item, @Nullable String previousItemId) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemDone(this);
        }
    }

    record ItemTruncated(String itemId, int contentIndex, long audioEndMillis) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemTruncated(this);
        }
    }

    record ItemRetrieved(Item item) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemRetrieved(this);
        }
    }

    record ItemDeleted(String itemId) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onItemDeleted(this);
        }
    }

    /**
     * Nobody spoke for {@code idle_timeout_ms} after the answer was played.
     *
     * @param itemId the item the silence becomes
     * @param audioStartMillis of all audio ever appended, as is the end
     */
    record InputAudioTimeoutTriggered(String itemId, long audioStartMillis, long audioEndMillis)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputAudioTimeoutTriggered(this);
        }
    }

    record InputTranscriptionDelta(String itemId, int contentIndex, String delta) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputTranscriptionDelta(this);
        }
    }

    record InputTranscriptionCompleted(String itemId, int contentIndex, String transcript, TranscriptionUsage usage)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputTranscriptionCompleted(this);
        }
    }

    record InputTranscriptionFailed(String itemId, int contentIndex, ResponseSnapshot.Failure error)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onInputTranscriptionFailed(this);
        }
    }

    /** @param rateLimits not empty */
    record RateLimitsUpdated(List<RateLimit> rateLimits) implements ServerEvent {
        public RateLimitsUpdated {
            rateLimits = List.copyOf(rateLimits);
        }

        @Override
        public void dispatchTo(Handler handler) {
            handler.onRateLimitsUpdated(this);
        }
    }

    record ResponseCreated(ResponseSnapshot response) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onResponseCreated(this);
        }
    }

    record ResponseDone(ResponseSnapshot response) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onResponseDone(this);
        }
    }

    record OutputItemAdded(String responseId, int outputIndex, Item item) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputItemAdded(this);
        }
    }

    record OutputItemDone(String responseId, int outputIndex, Item item) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputItemDone(this);
        }
    }

    /** What an output part is made of. */
    enum PartKind {
        TEXT,
        AUDIO
    }

    record ContentPartAdded(PartRef part, PartKind kind) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onContentPartAdded(this);
        }
    }

    /** @param text the whole text, or the whole transcript of an audio part */
    record ContentPartDone(PartRef part, PartKind kind, String text) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onContentPartDone(this);
        }
    }

    record OutputAudioDone(PartRef part) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputAudioDone(this);
        }
    }

    record OutputAudioTranscriptDelta(PartRef part, String delta) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputAudioTranscriptDelta(this);
        }
    }

    record OutputAudioTranscriptDone(PartRef part, String transcript) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputAudioTranscriptDone(this);
        }
    }

    record OutputTextDelta(PartRef part, String delta) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputTextDelta(this);
        }
    }

    record OutputTextDone(PartRef part, String text) implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onOutputTextDone(this);
        }
    }

    record FunctionCallArgumentsDelta(String responseId, String itemId, int outputIndex, String callId, String delta)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onFunctionCallArgumentsDelta(this);
        }
    }

    record FunctionCallArgumentsDone(
            String responseId, String itemId, int outputIndex, String callId, String name, String arguments)
            implements ServerEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onFunctionCallArgumentsDone(this);
        }
    }

    /**
     * @param type {@code invalid_request_error} or {@code server_error}
     * @param code null: none
     * @param param null: no single field
     * @param clientEventId the client's own id of the command at fault; null: it gave none
     */
    record ErrorEvent(
            String type,
            @Nullable String code,
            String message,
            @Nullable String param,
            @Nullable String clientEventId) implements ServerEvent {
        public static ErrorEvent of(ClientFault fault) {
            return new ErrorEvent(
                    "invalid_request_error", fault.code(), fault.sentence(), fault.param(), fault.eventId());
        }

        @Override
        public void dispatchTo(Handler handler) {
            handler.onError(this);
        }
    }

    /** One method an event. */
    interface Handler {
        void onSessionCreated(SessionCreated event);

        void onSessionUpdated(SessionUpdated event);

        void onSpeechStarted(SpeechStarted event);

        void onSpeechStopped(SpeechStopped event);

        void onInputAudioCommitted(InputAudioCommitted event);

        void onInputAudioCleared(InputAudioCleared event);

        void onItemAdded(ItemAdded event);

        void onItemDone(ItemDone event);

        void onItemTruncated(ItemTruncated event);

        void onItemRetrieved(ItemRetrieved event);

        void onItemDeleted(ItemDeleted event);

        void onInputAudioTimeoutTriggered(InputAudioTimeoutTriggered event);

        void onInputTranscriptionDelta(InputTranscriptionDelta event);

        void onInputTranscriptionCompleted(InputTranscriptionCompleted event);

        void onInputTranscriptionFailed(InputTranscriptionFailed event);

        void onRateLimitsUpdated(RateLimitsUpdated event);

        void onResponseCreated(ResponseCreated event);

        void onResponseDone(ResponseDone event);

        void onOutputItemAdded(OutputItemAdded event);

        void onOutputItemDone(OutputItemDone event);

        void onContentPartAdded(ContentPartAdded event);

        void onContentPartDone(ContentPartDone event);

        void onOutputAudioDone(OutputAudioDone event);

        void onOutputAudioTranscriptDelta(OutputAudioTranscriptDelta event);

        void onOutputAudioTranscriptDone(OutputAudioTranscriptDone event);

        void onOutputTextDelta(OutputTextDelta event);

        void onOutputTextDone(OutputTextDone event);

        void onFunctionCallArgumentsDelta(FunctionCallArgumentsDelta event);

        void onFunctionCallArgumentsDone(FunctionCallArgumentsDone event);

        void onError(ErrorEvent event);
    }
}
