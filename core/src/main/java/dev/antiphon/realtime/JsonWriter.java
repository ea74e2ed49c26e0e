package dev.antiphon.realtime;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Jackson's generator in the words this package needs: into memory, so without checked exceptions, and with text that
 * always has a UTF-8 form.
 *
 * <p>Threading: confined to its caller.
 */
final class JsonWriter {
    private final JsonGenerator json;

    JsonWriter(JsonGenerator json) {
        this.json = json;
    }

    void beginObject() {
        write(JsonGenerator::writeStartObject);
    }

    void beginObject(String field) {
        field(field);
        beginObject();
    }

    void beginArray(String field) {
        field(field);
        write(JsonGenerator::writeStartArray);
    }

    /** Ends the object begun last. */
    void end() {
        write(JsonGenerator::writeEndObject);
    }

    void endArray() {
        write(JsonGenerator::writeEndArray);
    }

    void field(String field) {
        write(generator -> generator.writeFieldName(WellFormed.text(field)));
    }

    void text(String field, String value) {
        field(field);
        text(value);
    }

    void text(String value) {
        write(generator -> generator.writeString(WellFormed.text(value)));
    }

    void textOrNull(String field, @Nullable String value) {
        if (value == null) nothing(field);
        else text(field, value);
    }

    void nothing(String field) {
        field(field);
        write(JsonGenerator::writeNull);
    }

    void number(String field, long value) {
        field(field);
        write(generator -> generator.writeNumber(value));
    }

    /** In as few digits as tell it from other floats. */
    void number(String field, float value) {
        field(field);
        write(generator -> generator.writeNumber(value));
    }

    /** Whole numbers without a fraction. */
    void number(String field, double value) {
        field(field);
        if (value == Math.rint(value)) write(generator -> generator.writeNumber((long) value));
        else write(generator -> generator.writeNumber(value));
    }

    void bool(String field, boolean value) {
        field(field);
        write(generator -> generator.writeBoolean(value));
    }

    void base64(String field, byte[] bytes) {
        field(field);
        write(generator -> generator.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, 0, bytes.length));
    }

    /** @param json one JSON value, as it is to stand on the wire */
    void raw(String field, String json) {
        field(field);
        write(generator -> generator.writeRawValue(WellFormed.text(json)));
    }

    private void write(Step step) {
        try {
            step.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer refused JSON", e);
        }
    }

    private interface Step {
        void to(JsonGenerator json) throws IOException;
    }
}
