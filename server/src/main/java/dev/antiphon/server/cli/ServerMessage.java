package dev.antiphon.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event of a Realtime server as a client needs it: its scalar values by path, such as {@code response.status}.
 * Arrays carry their index: {@code response.output.0.id}.
 *
 * <p>Threading: immutable.
 */
final class ServerMessage {
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> values;

    private ServerMessage(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    /** @throws IOException the text is no JSON object */
    static ServerMessage parse(String text) throws IOException {
        Map<String, String> values = new HashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) throw new IOException("event: not a JSON object");
            collect(json, "", values);
        }
        return new ServerMessage(values);
    }

    String type() {
        return text("type");
    }

    /** The value at a path as text; empty: there is none, or null. */
    String text(String path) {
        return values.getOrDefault(path, "");
    }

    /** The value at a path as a whole number; null: there is none. */
    @Nullable
    Long number(String path) {
        String value = values.get(path);
        return value == null ? null : Long.valueOf(value);
    }

    private static void collect(JsonParser json, String prefix, Map<String, String> values) throws IOException {
        boolean array = json.currentToken() == JsonToken.START_ARRAY;
        for (int index = 0; ; index++) {
            JsonToken token = json.nextToken();
            if (token == null || token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) return;
            String name = array ? String.valueOf(index) : json.currentName();
            if (!array) token = json.nextToken();
            if (token.isStructStart()) collect(json, prefix + name + '.', values);
            else if (token != JsonToken.VALUE_NULL) values.put(prefix + name, json.getText());
        }
    }
}
