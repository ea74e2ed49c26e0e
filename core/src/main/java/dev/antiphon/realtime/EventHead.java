package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.audio.AudioFormat;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a client event that must be known before the others can be read, wherever they stand in the object. To
 * find them the event is parsed to its very end, so a known head also means: one JSON object, well-formed, no key twice.
 *
 * <p>Threading: confined to its caller.
 */
final class EventHead {
    static final int MAX_EVENT_ID_CHARS = 512;

    private @Nullable String type;
    private @Nullable String eventId;
    private @Nullable JsonToken typeToken;
    private @Nullable JsonToken eventIdToken;
    private @Nullable JsonToken audioToken;
    private int eventIdFrom; // first byte within the quotes; 0: no such string
    private int audioFrom; // first byte within the quotes; 0: no such string
    private int audioTo; // the closing quote; 0: not known yet

    /** What was found of the head stays known when this throws. */
    void read(EventBytes event) throws IOException {
        try (JsonParser json = event.newParser()) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw Faults.invalidJson("The event is not a JSON object.");
            }
            JsonToken token = json.nextToken();
            while (token == JsonToken.FIELD_NAME) {
                readField(json, event);
                token = json.nextToken();
                // The parser passes over a string without saying where it ended; the token behind it tells.
                if (audioFrom > 0 && audioTo == 0) {
                    audioTo = event.endOfStringBefore(event.positionOf(json.currentTokenLocation()));
                }
            }
            if (json.nextToken() != null) throw Faults.invalidJson("The event is followed by more JSON.");
        }
    }

    private void readField(JsonParser json, EventBytes event) throws IOException {
        String field = json.currentName();
        JsonToken token = json.nextToken();
        switch (field) {
            case "type" -> {
                typeToken = token;
                if (token == JsonToken.VALUE_STRING) type = WellFormed.text(json.getText());
            }
            case "event_id" -> {
                eventIdToken = token;
                if (token == JsonToken.VALUE_STRING) {
                    eventIdFrom = event.positionOf(json.currentTokenLocation()) + 1;
                    eventId = WellFormed.text(json.getText());
                }
            }
            case "audio" -> {
                audioToken = token;
                if (token == JsonToken.VALUE_STRING) audioFrom = event.positionOf(json.currentTokenLocation()) + 1;
            }
            default -> {}
        }
        json.skipChildren();
    }

    /** The client's own name for the event; null: it gave none, or none that may be quoted. */
    @Nullable
    String eventId() {
        return eventId != null && eventId.length() <= MAX_EVENT_ID_CHARS ? eventId : null;
    }

    /** Checks the head and returns the event's type. */
    String type() {
        if (eventIdToken != null && eventIdToken != JsonToken.VALUE_NULL && eventId == null) {
            throw Faults.invalidType("event_id", "a string", eventIdToken);
        }
        if (eventId != null && eventId.length() > MAX_EVENT_ID_CHARS) {
            throw Faults.tooLong("event_id", MAX_EVENT_ID_CHARS, eventId.length());
        }
        if (type != null) return type;
        if (typeToken == null || typeToken == JsonToken.VALUE_NULL) throw Faults.missingType();
        throw Faults.invalidType("type", "a string", typeToken);
    }

    /**
     * Appends the decoded {@code audio} of the event to {@code decoded}, which is lent, and leaves what stands around it
     * in {@code envelope}.
     */
    void decodeAudio(EventBytes event, AudioFormat format, ByteBuf decoded, AppendEnvelope envelope)
            throws IOException {
        if (audioToken == null || audioToken == JsonToken.VALUE_NULL) throw Faults.missing("audio");
        if (audioToken != JsonToken.VALUE_STRING) throw Faults.invalidType("audio", "a string", audioToken);
        event.remember(envelope, eventIdFrom, audioFrom, audioTo);
        event.decodeAudio("audio", audioFrom, audioTo, format, decoded);
    }
}
