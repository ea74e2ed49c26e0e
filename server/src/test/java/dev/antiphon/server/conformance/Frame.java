package dev.antiphon.server.conformance;

import dev.antiphon.testing.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A server event as it stood in its frame. Whoever asks for what is not there, or is of another kind, fails.
 *
 * <p>Threading: immutable.
 */
public record Frame(Map<String, @Nullable Object> fields) {
    public static Frame parse(String json) {
        return new Frame(JsonTree.object(json.getBytes(StandardCharsets.UTF_8)));
    }

    public String type() {
        return text("type");
    }

    /** Whether the key stands at the path, perhaps with null. */
    public boolean has(Object... pathAndKey) {
        Object holder = at(Arrays.copyOf(pathAndKey, pathAndKey.length - 1));
        return holder instanceof Map<?, ?> map && map.containsKey(pathAndKey[pathAndKey.length - 1]);
    }

    public @Nullable Object at(Object... path) {
        return JsonTree.at(fields, path);
    }

    public String text(Object... path) {
        if (at(path) instanceof String text) return text;
        throw missing("a string", path);
    }

    /** A JSON integer: {@code 12.0} is none. */
    public long integer(Object... path) {
        Object value = at(path);
        if (value instanceof Long || value instanceof Integer) return ((Number) value).longValue();
        throw missing("an integer", path);
    }

    public List<?> list(Object... path) {
        if (at(path) instanceof List<?> list) return list;
        throw missing("an array", path);
    }

    /** Of the item that the event is about; empty: it is about none. */
    public String itemId() {
        Object id = fields.containsKey("item_id") ? at("item_id") : at("item", "id");
        return Objects.toString(id, "");
    }

    public byte[] audio() {
        return Base64.getDecoder().decode(text("delta"));
    }

    private AssertionError missing(String expected, Object... path) {
        return new AssertionError(List.of(path) + ": " + at(path) + " (expected: " + expected + ") in " + this);
    }

    /** Audio shortened. */
    @Override
    public String toString() {
        String text = String.valueOf(fields);
        return text.length() <= 1_000 ? text : text.substring(0, 1_000) + "…";
    }
}
