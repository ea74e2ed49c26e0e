package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one event of streamed text to speech.
 *
 * <pre>
 * {"type":"speech.audio.delta","audio":"//PExABa…"}
 * {"type":"speech.audio.done","usage":{"input_tokens":10,"output_tokens":93,"total_tokens":103}}
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class SpeechEventReader {
    private @Nullable String type;
    private int audioStart;
    private int audioEnd;
    private SpeechUsage usage = SpeechUsage.NONE;
    private boolean isError;

    /** @throws IOException not one JSON object */
    void read(byte[] array, int offset, int length) throws IOException {
        type = null;
        audioStart = 0;
        audioEnd = 0;
        usage = SpeechUsage.NONE;
        isError = false;
        EventJson json = EventJson.open(array, offset, length);
        if (json.nextToken() != JsonToken.START_OBJECT) throw new DeltaReader.MalformedEventException("not an object");
        readObject(json);
        if (!json.finish()) throw new DeltaReader.MalformedEventException("more than one document");
    }

    boolean isError() {
        return isError;
    }

    /** Whether all of the sound has been said. */
    boolean isDone() {
        return "speech.audio.done".equals(type);
    }

    boolean hasAudio() {
        return "speech.audio.delta".equals(type) && audioEnd > audioStart;
    }

    /** Where in the array the base64 begins. */
    int audioStart() {
        return audioStart;
    }

    int audioEnd() {
        return audioEnd;
    }

    SpeechUsage usage() {
        return usage;
    }

    private void readObject(EventJson json) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> {
                    if (value == JsonToken.VALUE_STRING) type = json.getText();
                    else json.skipChildren();
                }
                case "audio" -> {
                    if (value == JsonToken.VALUE_STRING) {
                        audioStart = json.stringStart();
                        audioEnd = json.skipRawString();
                    } else {
                        json.skipChildren();
                    }
                }
                case "usage" -> {
                    if (value == JsonToken.START_OBJECT) usage = readUsage(json);
                    else json.skipChildren();
                }
                case "error" -> {
                    isError |= value != JsonToken.VALUE_NULL;
                    json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        isError |= "error".equals(type);
    }

    private static SpeechUsage readUsage(EventJson json) throws IOException {
        int input = 0;
        int output = 0;
        int total = -1;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "input_tokens" -> input = tokens(json, value);
                case "output_tokens" -> output = tokens(json, value);
                case "total_tokens" -> total = tokens(json, value);
                default -> json.skipChildren();
            }
        }
        return new SpeechUsage(input, output, total < 0 ? input + output : total);
    }

    private static int tokens(EventJson json, JsonToken value) throws IOException {
        return (int) Math.max(0, Math.min(DeltaReader.longOr(json, value, 0), Integer.MAX_VALUE / 2));
    }
}
