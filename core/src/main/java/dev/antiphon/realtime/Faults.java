package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.session.ClientFault;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The sentences in which the Realtime protocol says what is wrong with a client's event. None has an event id yet. */
final class Faults {
    /** Longest piece of a client's own text that is quoted back. */
    private static final int QUOTED_CHARS = 64;

    private Faults() {}

    static ClientFault invalidJson(String sentence) {
        return new ClientFault("invalid_json", sentence, null, null);
    }

    static ClientFault missingType() {
        return new ClientFault("invalid_event", "The 'type' field is missing.", null, null);
    }

    static ClientFault missing(String path) {
        return new ClientFault("missing_required_parameter", "Missing required parameter: '" + path + "'.", path, null);
    }

    /** @param expected with its article, such as {@code an object} */
    static ClientFault invalidType(String path, String expected, JsonToken got) {
        return new ClientFault(
                "invalid_type",
                "Invalid type for '" + path + "': expected " + expected + ", but got " + nameOf(got) + " instead.",
                path,
                null);
    }

    static ClientFault invalidValue(String path, String sentence) {
        return new ClientFault("invalid_value", sentence, path, null);
    }

    static ClientFault unsupportedValue(String path, String value, String... supported) {
        String list = Arrays.stream(supported).map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        return invalidValue(path, "Invalid value: '" + quoted(value) + "'. Supported values are: " + list + ".");
    }

    static ClientFault notSupportedYet(String path, String what) {
        return invalidValue(path, what + " is not supported yet.");
    }

    static ClientFault tooLong(String path, int maxChars, int chars) {
        return new ClientFault(
                "string_above_max_length",
                "Invalid '" + path + "': string too long. Expected a string with maximum length " + maxChars
                        + ", but got a string with length " + chars + " instead.",
                path,
                null);
    }

    /** More text than an event could repeat to its client. */
    static ClientFault tooLarge(String path, long maxBytes, long bytes) {
        return new ClientFault(
                "string_above_max_length",
                path + ": " + bytes + " bytes of text (expected: at most " + maxBytes + ")",
                path,
                null);
    }

    private static String quoted(String value) {
        return value.length() <= QUOTED_CHARS ? value : WellFormed.text(value.substring(0, QUOTED_CHARS)) + "…";
    }

    private static String nameOf(JsonToken token) {
        return switch (token) {
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a decimal number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case START_OBJECT, END_OBJECT, FIELD_NAME -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "nothing";
        };
    }
}
