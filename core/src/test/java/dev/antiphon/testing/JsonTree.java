package dev.antiphon.testing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document as maps, lists, strings, numbers, booleans and nulls: for tests only, the product never builds a tree.
 * Fails on anything but exactly one document.
 */
public final class JsonTree {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonTree() {}

    public static @Nullable Object parse(byte[] json) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            Object document = read(parser);
            if (parser.nextToken() != null) throw new AssertionError("more than one document");
            return document;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A document that is an object. */
    @SuppressWarnings("unchecked") // keys of a JSON object are strings
    public static Map<String, @Nullable Object> object(byte[] json) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(parse(json), "null (expected: an object)");
    }

    /** The value at a path of keys and indices; null where a step is missing. */
    public static @Nullable Object at(@Nullable Object node, Object... path) {
        Object at = node;
        for (Object step : path) {
            if (step instanceof String key && at instanceof Map<?, ?> map) at = map.get(key);
            else if (step instanceof Integer index && at instanceof List<?> list && index < list.size()) {
                at = list.get(index);
            } else return null;
        }
        return at;
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                parser.nextToken();
                object.put(key, read(parser));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> array = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) array.add(read(parser));
            return array;
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    ? clamped(parser.getBigIntegerValue())
                    : (Object) parser.getLongValue();
        }
        if (token == JsonToken.VALUE_NUMBER_FLOAT) return parser.getDoubleValue();
        if (token == JsonToken.VALUE_TRUE) return true;
        if (token == JsonToken.VALUE_FALSE) return false;
        if (token == JsonToken.VALUE_NULL) return null;
        return parser.getText();
    }

    private static Long clamped(BigInteger number) {
        return number.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
