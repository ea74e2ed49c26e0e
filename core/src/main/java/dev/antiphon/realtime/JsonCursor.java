package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.G711;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A position in a client's event, moving forwards only. Whoever reads a value of the wrong kind gets the fault that
 * names its path.
 *
 * <p>Threading: confined to its caller.
 */
final class JsonCursor {
    private final EventBytes event;
    private final JsonParser json;

    JsonCursor(EventBytes event) throws IOException {
        this.event = event;
        this.json = event.newParser();
        json.nextToken();
    }

    /** Enters the object at the cursor; {@link #nextField} then walks through it. */
    void enterObject(String path) {
        expect(JsonToken.START_OBJECT, path, "an object");
    }

    /** Moves to the value of the next field; false: the object has ended. */
    boolean nextField() throws IOException {
        if (json.nextToken() != JsonToken.FIELD_NAME) return false;
        json.nextToken();
        return true;
    }

    /** Name of the field whose value is at the cursor. */
    String field() throws IOException {
        return json.currentName();
    }

    /** Enters the array at the cursor; {@link #nextElement} then walks through it. */
    void enterArray(String path) {
        expect(JsonToken.START_ARRAY, path, "an array");
    }

    /** Moves to the next element; false: the array has ended. */
    boolean nextElement() throws IOException {
        return json.nextToken() != JsonToken.END_ARRAY;
    }

    /** Passes over the value at the cursor, whatever it is. */
    void skip() throws IOException {
        json.skipChildren();
    }

    boolean isNull() {
        return json.hasToken(JsonToken.VALUE_NULL);
    }

    boolean isObject() {
        return json.hasToken(JsonToken.START_OBJECT);
    }

    boolean isString() {
        return json.hasToken(JsonToken.VALUE_STRING);
    }

    String text(String path) throws IOException {
        expect(JsonToken.VALUE_STRING, path, "a string");
        return WellFormed.text(json.getText());
    }

    String text(String path, int maxChars) throws IOException {
        String text = text(path);
        if (text.length() > maxChars) throw Faults.tooLong(path, maxChars, text.length());
        return text;
    }

    boolean bool(String path) throws IOException {
        if (!json.currentToken().isBoolean()) throw Faults.invalidType(path, "a boolean", json.currentToken());
        return json.getBooleanValue();
    }

    /** An integer within bounds; {@code min} is at least 0. */
    int integer(String path, int min, int max) throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT, path, "an integer");
        long value = json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? -1 : json.getLongValue();
        if (value < min || value > max) {
            throw Faults.invalidValue(
                    path, path + ": " + json.getText() + " (expected: an integer from " + min + " to " + max + ")");
        }
        return (int) value;
    }

    double number(String path, double min, double max) throws IOException {
        if (!json.currentToken().isNumeric()) throw Faults.invalidType(path, "a number", json.currentToken());
        double value = json.getDoubleValue();
        if (!(value >= min && value <= max)) {
            throw Faults.invalidValue(
                    path, path + ": " + json.getText() + " (expected: a number from " + min + " to " + max + ")");
        }
        return value;
    }

    /** The object at the cursor as the client wrote it. */
    String rawObject(String path) throws IOException {
        enterObject(path);
        int from = event.positionOf(json.currentTokenLocation());
        json.skipChildren();
        return new String(event.bytes(), from, event.positionOf(json.currentLocation()) - from, StandardCharsets.UTF_8);
    }

    /** The base64 string at the cursor as a clip of PCM16 at the format's own rate. */
    AudioClip clip(String path, AudioFormat format) throws IOException {
        expect(JsonToken.VALUE_STRING, path, "a string");
        int from = event.positionOf(json.currentTokenLocation()) + 1;
        ByteBuf audio = Unpooled.buffer();
        event.decodeAudio(path, from, event.endOfString(from), format, audio);
        if (format.encoding() == AudioFormat.Encoding.PCM16) return AudioClip.copyOf(format.sampleRateHz(), audio);
        ByteBuf pcm = Unpooled.buffer();
        G711.decode(format.encoding(), audio, pcm);
        return AudioClip.copyOf(format.sampleRateHz(), pcm);
    }

    private void expect(JsonToken token, String path, String name) {
        if (!json.hasToken(token)) throw Faults.invalidType(path, name, json.currentToken());
    }
}
