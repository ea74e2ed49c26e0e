package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of a request's JSON, each as what it must be or a fault that names it.
 *
 * <p>Threading: stateless.
 */
final class JsonValues {
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(100)
                    .maxNameLength(1_000)
                    .maxStringLength(Integer.MAX_VALUE) // bounded by the body
                    .build())
            .build();

    private JsonValues() {}

    /** To the next field of an object, and onto its value; null at its end. */
    static @Nullable String nextField(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.FIELD_NAME) return null;
        String field = json.currentName();
        json.nextToken();
        return field;
    }

    static boolean isNull(JsonParser json) {
        return json.currentToken() == JsonToken.VALUE_NULL;
    }

    static String text(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) throw Faults.wrongType(param, "a string");
        return json.getText();
    }

    static boolean flag(JsonParser json, String param) throws IOException {
        if (!json.currentToken().isBoolean()) throw Faults.wrongType(param, "a boolean");
        return json.getBooleanValue();
    }

    static int count(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) throw Faults.wrongType(param, "an integer");
        boolean isInt = json.getNumberType() == JsonParser.NumberType.INT;
        if (!isInt || json.getIntValue() < 1)
            throw Faults.invalidValue(param, json.getText(), "integers of at least 1");
        return json.getIntValue();
    }

    static double number(JsonParser json, String param) throws IOException {
        if (!json.currentToken().isNumeric()) throw Faults.wrongType(param, "a number");
        double number = json.getDoubleValue();
        if (Double.isInfinite(number)) throw Faults.invalidValue(param, json.getText(), "numbers");
        return number;
    }

    static void enterObject(JsonParser json, String param) {
        if (json.currentToken() != JsonToken.START_OBJECT) throw Faults.wrongType(param, "an object");
    }

    static void enterArray(JsonParser json, String param, String of) {
        if (json.currentToken() != JsonToken.START_ARRAY) throw Faults.wrongType(param, "an array of " + of);
    }

    static List<String> texts(JsonParser json, String param) throws IOException {
        enterArray(json, param, "strings");
        List<String> texts = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) texts.add(text(json, param + "[" + texts.size() + "]"));
        return texts;
    }

    /** The value as it came, whatever it is. */
    static String raw(JsonParser json) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator copy = FACTORY.createGenerator(text)) {
            copy.copyCurrentStructureExact(json);
        }
        return text.toString();
    }
}
