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
        try {
            json.writeStartObject();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void beginObject(String field) {
        field(field);
        beginObject();
    }

    void beginArray(String field) {
        field(field);
        try {
            json.writeStartArray();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Ends the object begun last. */
    void end() {
        try {
            json.writeEndObject();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void endArray() {
        try {
            json.writeEndArray();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void field(String field) {
        try {
            json.writeFieldName(WellFormed.text(field));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void text(String field, String value) {
        field(field);
        text(value);
    }

    void text(String value) {
        try {
            json.writeString(WellFormed.text(value));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** @param ascii of which the characters from {@code offset} on are the text */
    void text(String field, byte[] ascii, int offset, int length) {
        field(field);
        try {
            json.writeUTF8String(ascii, offset, length);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void textOrNull(String field, @Nullable String value) {
        if (value == null) nothing(field);
        else text(field, value);
    }

    void nothing(String field) {
        field(field);
        try {
            json.writeNull();
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void number(String field, long value) {
        field(field);
        try {
            json.writeNumber(value);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** In as few digits as tell it from other floats. */
    void number(String field, float value) {
        field(field);
        try {
            json.writeNumber(value);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Whole numbers without a fraction. */
    void number(String field, double value) {
        field(field);
        try {
            if (value == Math.rint(value)) json.writeNumber((long) value);
            else json.writeNumber(value);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void bool(String field, boolean value) {
        field(field);
        try {
            json.writeBoolean(value);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    void base64(String field, byte[] bytes) {
        field(field);
        try {
            json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** @param json one JSON value, as it is to stand on the wire */
    void raw(String field, String json) {
        field(field);
        try {
            this.json.writeRawValue(WellFormed.text(json));
        } catch (IOException e) {
            throw refused(e);
        }
    }

    private static UncheckedIOException refused(IOException e) {
        return new UncheckedIOException("a buffer refused JSON", e);
    }
}
