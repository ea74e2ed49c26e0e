package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object of a transcription: an event of its stream, or the whole of it.
 *
 * <pre>
 * {"type":"transcript.text.delta","delta":" world"}
 * {"type":"transcript.text.segment","text":"…","speaker":"A",…}          of models that tell speakers apart; skipped
 * {"type":"transcript.text.done","text":"…","usage":{…}}
 * {"text":"…","usage":{"type":"duration","seconds":2}}
 * {"text":"…","usage":{"type":"tokens","total_tokens":27,"input_tokens":17,
 *                      "input_token_details":{"text_tokens":0,"audio_tokens":17},"output_tokens":10}}
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class TranscriptReader {
    private static final int ABSENT = -1;

    private @Nullable String type;
    private @Nullable String delta;
    private @Nullable String text;
    private TranscriptionUsage usage = TranscriptionUsage.NONE;
    private boolean isError;

    /** @throws IOException not one JSON object */
    void read(byte[] array, int offset, int length) throws IOException {
        type = null;
        delta = null;
        text = null;
        usage = TranscriptionUsage.NONE;
        isError = false;
        try (JsonParser json = EventJson.FACTORY.createParser(array, offset, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) throw new JsonParseException(json, "not an object");
            readObject(json);
            if (json.nextToken() != null) throw new JsonParseException(json, "more than an object");
        }
    }

    boolean isError() {
        return isError;
    }

    /** Whether the stream has said all of the transcript. */
    boolean isDone() {
        return "transcript.text.done".equals(type);
    }

    /** Null: this is no piece. */
    @Nullable
    String delta() {
        return "transcript.text.delta".equals(type) ? delta : null;
    }

    /** Null: none. */
    @Nullable
    String text() {
        return text;
    }

    TranscriptionUsage usage() {
        return usage;
    }

    private void readObject(JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> type = textOf(json, value);
                case "delta" -> delta = textOf(json, value);
                case "text" -> text = textOf(json, value);
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

    private static @Nullable String textOf(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) return json.getText();
        json.skipChildren();
        return null;
    }

    private static TranscriptionUsage readUsage(JsonParser json) throws IOException {
        double seconds = ABSENT;
        int total = ABSENT;
        int input = ABSENT;
        int output = ABSENT;
        InputDetails details = new InputDetails();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "seconds" -> {
                    if (value.isNumeric()) seconds = json.getDoubleValue();
                    else json.skipChildren();
                }
                case "total_tokens" -> total = tokens(json, value);
                case "input_tokens" -> input = tokens(json, value);
                case "output_tokens" -> output = tokens(json, value);
                case "input_token_details" -> details.read(json, value);
                default -> json.skipChildren();
            }
        }
        if (seconds >= 0 && Double.isFinite(seconds)) return new TranscriptionUsage.Duration(seconds);
        if (total < 0 && input < 0 && output < 0) return TranscriptionUsage.NONE;
        int inputTokens = Math.max(0, input);
        int outputTokens = Math.max(0, output);
        return new TranscriptionUsage.Tokens(
                total < 0 ? inputTokens + outputTokens : total,
                inputTokens,
                outputTokens,
                details.textTokensOf(inputTokens),
                Math.max(0, details.audioTokens));
    }

    private static int tokens(JsonParser json, JsonToken value) throws IOException {
        return (int) Math.min(DeltaReader.longOr(json, value, ABSENT), Integer.MAX_VALUE / 2);
    }

    private static final class InputDetails {
        private int textTokens = ABSENT;
        private int audioTokens = ABSENT;

        void read(JsonParser json, JsonToken start) throws IOException {
            if (start != JsonToken.START_OBJECT) {
                json.skipChildren();
                return;
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                switch (field) {
                    case "text_tokens" -> textTokens = tokens(json, value);
                    case "audio_tokens" -> audioTokens = tokens(json, value);
                    default -> json.skipChildren();
                }
            }
        }

        int textTokensOf(int inputTokens) {
            return textTokens < 0 ? Math.max(0, inputTokens - Math.max(0, audioTokens)) : textTokens;
        }
    }
}
