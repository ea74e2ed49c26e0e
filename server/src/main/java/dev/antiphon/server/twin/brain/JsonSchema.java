package dev.antiphon.server.twin.brain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of a JSON schema that decides what a value has to look like; the rest is skipped.
 *
 * <p>Threading: immutable.
 *
 * @param type {@code string}, {@code integer}, …; a schema without one is an object if it has properties, else a string
 * @param enumeration what a string may be; empty: anything
 * @param items of an array; null: anything
 */
record JsonSchema(
        String type,
        List<String> enumeration,
        Map<String, JsonSchema> properties,
        Set<String> required,
        @Nullable JsonSchema items) {

    static final JsonSchema NO_PARAMETERS = new JsonSchema("object", List.of(), Map.of(), Set.of(), null);

    private static final JsonFactory JSON = new JsonFactory();

    /** A schema that cannot be read asks for nothing. */
    static JsonSchema parse(@Nullable String json) {
        if (json == null) return NO_PARAMETERS;
        try (JsonParser parser = JSON.createParser(json)) {
            return parser.nextToken() == JsonToken.START_OBJECT ? read(parser) : NO_PARAMETERS;
        } catch (IOException e) {
            return NO_PARAMETERS;
        }
    }

    /** Stands on the start of an object before, on its end after. */
    private static JsonSchema read(JsonParser json) throws IOException {
        String type = null;
        List<String> enumeration = List.of();
        Map<String, JsonSchema> properties = new LinkedHashMap<>();
        Set<String> required = Set.of();
        JsonSchema items = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> type = firstType(json);
                case "enum" -> enumeration = strings(json);
                case "required" -> required = new LinkedHashSet<>(strings(json));
                case "items" -> {
                    if (value == JsonToken.START_OBJECT) items = read(json);
                    else json.skipChildren();
                }
                case "properties" -> {
                    if (value == JsonToken.START_OBJECT) readProperties(json, properties);
                }
                default -> json.skipChildren();
            }
        }
        String implied = properties.isEmpty() ? "string" : "object";
        return new JsonSchema(type == null ? implied : type, enumeration, properties, required, items);
    }

    private static void readProperties(JsonParser json, Map<String, JsonSchema> properties) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.START_OBJECT) properties.put(name, read(json));
            else json.skipChildren();
        }
    }

    /** {@code ["string","null"]} is a string. */
    private static @Nullable String firstType(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) return json.getValueAsString();
        List<String> types = strings(json);
        return types.isEmpty() ? null : types.get(0);
    }

    private static List<String> strings(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return List.of();
        }
        List<String> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken().isScalarValue()) values.add(json.getText());
            else json.skipChildren();
        }
        return values;
    }
}
