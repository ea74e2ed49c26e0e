package dev.antiphon.server.twin.brain;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Arguments for a tool, made from its schema and the words that follow its name: quoted text and named words become
 * strings, numbers become numbers, the first enum value that occurs is taken, booleans are true. What is required is
 * always there; what is optional only if the words hold it.
 *
 * <p>Threading: confined to its caller; made for one call.
 */
final class ToolArguments {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern QUOTED = Pattern.compile("[\"“”]([^\"“”]+)[\"“”]");
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])-?\\d{1,15}(?:\\.\\d{1,9})?(?![\\w])");
    private static final Pattern WORD_EDGE = Pattern.compile("^[\\s,.:;!?]+|[\\s,.:;!?]+$");
    /** Words that lead to a value and are none. */
    private static final Pattern LEADING_FILLER =
            Pattern.compile("^(?:(?:for|with|of|in|at|to|the|and|about|please|is|as)\\s+)+", Pattern.CASE_INSENSITIVE);

    private static final int MAX_DEPTH = 8;

    private final String words;
    private final Queue<String> quoted = new ArrayDeque<>();
    private final Queue<String> numbers = new ArrayDeque<>();
    private boolean isRestUsed;

    private ToolArguments(String words) {
        this.words = words;
        Matcher quotes = QUOTED.matcher(words);
        while (quotes.find()) quoted.add(quotes.group(1));
        Matcher figures = NUMBER.matcher(QUOTED.matcher(words).replaceAll(" "));
        while (figures.find()) numbers.add(figures.group());
    }

    /**
     * Compact JSON text.
     *
     * @param words what was said after the tool's name
     */
    static String of(JsonSchema schema, String words) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            new ToolArguments(words).writeObject(schema, json, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void writeObject(JsonSchema schema, JsonGenerator json, int depth) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, JsonSchema> property : schema.properties().entrySet()) {
            boolean isRequired = schema.required().contains(property.getKey());
            writeMember(property.getKey(), property.getValue(), schema, isRequired, json, depth);
        }
        for (String name : schema.required()) {
            if (!schema.properties().containsKey(name)) json.writeStringField(name, rest());
        }
        json.writeEndObject();
    }

    private void writeMember(
            String name, JsonSchema value, JsonSchema parent, boolean isRequired, JsonGenerator json, int depth)
            throws IOException {
        switch (value.type()) {
            case "integer", "number" -> {
                String number = numbers.poll();
                if (number == null && !isRequired) return;
                BigDecimal figure = new BigDecimal(number == null ? "0" : number);
                json.writeFieldName(name);
                if (value.type().equals("integer")) json.writeNumber(figure.toBigInteger());
                else json.writeNumber(figure);
            }
            case "boolean" -> {
                if (isRequired || containsWord(name)) json.writeBooleanField(name, true);
            }
            case "object" -> {
                if (!isRequired || depth == MAX_DEPTH) return;
                json.writeFieldName(name);
                writeObject(value, json, depth + 1);
            }
            case "array" -> {
                if (!isRequired || depth == MAX_DEPTH) return;
                json.writeFieldName(name);
                writeArray(value.items(), json, depth + 1);
            }
            default -> {
                String text = value.enumeration().isEmpty()
                        ? string(name, parent, isRequired)
                        : enumerated(value, isRequired);
                if (text != null) json.writeStringField(name, text);
            }
        }
    }

    /** One element, as the words are about one thing. */
    private void writeArray(@Nullable JsonSchema items, JsonGenerator json, int depth) throws IOException {
        json.writeStartArray();
        String type = items == null ? "string" : items.type();
        if (items != null && type.equals("object")) writeObject(items, json, depth);
        else if (type.equals("integer") || type.equals("number")) {
            while (!numbers.isEmpty()) json.writeNumber(new BigDecimal(numbers.remove()));
        } else if (type.equals("string")) {
            String text = items == null || items.enumeration().isEmpty() ? next() : enumerated(items, true);
            if (text != null && !text.isEmpty()) json.writeString(text);
        }
        json.writeEndArray();
    }

    /** Null: left out. */
    private @Nullable String enumerated(JsonSchema schema, boolean isRequired) {
        for (String allowed : schema.enumeration()) if (containsWord(allowed)) return allowed;
        return isRequired ? schema.enumeration().get(0) : null;
    }

    /** Null: left out. */
    private @Nullable String string(String name, JsonSchema parent, boolean isRequired) {
        String named = wordsAfter(name, parent);
        if (named != null) return named;
        if (!quoted.isEmpty()) return quoted.remove();
        return isRequired ? next() : null;
    }

    private String next() {
        String text = quoted.poll();
        return text == null ? rest() : text;
    }

    /** All the words once; whatever else is required then gets the same words. */
    private String rest() {
        String rest = strip(NUMBER.matcher(words).replaceAll(""));
        if (rest.isEmpty() || isRestUsed) rest = strip(words);
        isRestUsed = true;
        return rest;
    }

    /** What stands after the property's own name, up to the name of the next one; null: it is not named. */
    private @Nullable String wordsAfter(String name, JsonSchema parent) {
        String others = parent.properties().keySet().stream()
                .filter(other -> !other.equals(name))
                .map(ToolArguments::spoken)
                .collect(Collectors.joining("|"));
        String end = others.isEmpty() ? "$" : "(?=\\b(?:" + others + ")\\b|$)";
        Matcher matcher = Pattern.compile(
                        "\\b" + spoken(name) + "\\b[\\s:=]+(.+?)" + end, Pattern.CASE_INSENSITIVE | Pattern.DOTALL)
                .matcher(words);
        if (!matcher.find()) return null;
        String found = QUOTED.matcher(matcher.group(1)).replaceAll("$1");
        quoted.remove(found.trim());
        String text = strip(found);
        return text.isEmpty() ? null : text;
    }

    private boolean containsWord(String word) {
        return Pattern.compile("(?<!\\w)" + spoken(word) + "(?!\\w)", Pattern.CASE_INSENSITIVE)
                .matcher(words)
                .find();
    }

    /** {@code user_name} is also said "user name". */
    static String spoken(String name) {
        return Arrays.stream(name.toLowerCase(Locale.ROOT).split("[_\\-\\s]+", -1))
                .filter(part -> !part.isEmpty())
                .map(Pattern::quote)
                .collect(Collectors.joining("[_\\-\\s]+"));
    }

    private static String strip(String text) {
        String edged = WORD_EDGE.matcher(text).replaceAll("");
        return WORD_EDGE.matcher(LEADING_FILLER.matcher(edged).replaceFirst("")).replaceAll("");
    }
}
