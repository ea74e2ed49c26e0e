package dev.antiphon.server.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of the YAML file, by its place in it. What is asked of is remembered, so that a field nobody asked for is
 * an error and not a silent typo.
 *
 * <p>Threading: confined to its caller.
 */
final class Fields {
    private final String place;
    private final Map<?, ?> values;
    private final Set<String> asked = new TreeSet<>();

    private Fields(String place, Map<?, ?> values) {
        this.place = place;
        this.values = values;
    }

    /** @param place as errors say it: {@code upstreams[0]} */
    static Fields of(String place, @Nullable Object value) {
        if (value instanceof Map<?, ?> values) return new Fields(place, values);
        throw new ConfigFault(place, String.valueOf(value), "a mapping of settings");
    }

    /** How a field is named in an error. */
    String placeOf(String name) {
        return place + '.' + name;
    }

    boolean has(String name) {
        return value(name) != null;
    }

    /** As the file has them, in its order. */
    List<String> names() {
        return values.keySet().stream().map(String::valueOf).toList();
    }

    /** Null: not set, or set to nothing. */
    @Nullable
    String text(String name) {
        Object value = value(name);
        if (value == null) return null;
        if (value instanceof Map || value instanceof List) throw fault(name, value, "text");
        String text = value.toString().strip();
        return text.isEmpty() ? null : text;
    }

    String text(String name, String otherwise) {
        String text = text(name);
        return text == null ? otherwise : text;
    }

    String required(String name, String expected) {
        String text = text(name);
        if (text == null) throw new ConfigFault(placeOf(name), "not set", expected);
        return text;
    }

    boolean flag(String name, boolean otherwise) {
        Object value = value(name);
        if (value == null) return otherwise;
        if (value instanceof Boolean flag) return flag;
        throw fault(name, value, "true or false");
    }

    int whole(String name, int otherwise, int least, int most) {
        Object value = value(name);
        if (value == null) return otherwise;
        if (value instanceof Integer number && number >= least && number <= most) return number;
        throw fault(name, value, "a whole number from " + least + " to " + most);
    }

    @Nullable
    BigDecimal amount(String name) {
        Object value = value(name);
        if (value == null) return null;
        if (value instanceof Number number && Double.isFinite(number.doubleValue()) && number.doubleValue() >= 0) {
            return new BigDecimal(value.toString());
        }
        throw fault(name, value, "a number, 0 or more");
    }

    /** @param known what may be there, by its name */
    <T> T oneOf(String name, Map<String, T> known, T otherwise) {
        String text = text(name);
        if (text == null) return otherwise;
        T found = known.get(text);
        if (found == null) throw fault(name, text, "one of " + String.join(", ", new TreeSet<>(known.keySet())));
        return found;
    }

    /** Null: not set. */
    @Nullable
    Fields nested(String name) {
        Object value = value(name);
        return value == null ? null : of(placeOf(name), value);
    }

    /** What stands there: a list, or one alone. */
    List<Item> items(String name) {
        Object value = value(name);
        if (value == null) return List.of();
        if (!(value instanceof List<?> list)) return List.of(new Item(placeOf(name), value));
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) items.add(new Item(placeOf(name) + '[' + i + ']', list.get(i)));
        return items;
    }

    /** @param value null where the list has an empty entry */
    record Item(String place, @Nullable Object value) {}

    /** To be called when everything has been asked for. */
    void refuseUnknown() {
        for (String name : names()) {
            if (!asked.contains(name)) {
                throw new ConfigFault(placeOf(name), "unknown setting", "one of " + String.join(", ", asked));
            }
        }
    }

    private @Nullable Object value(String name) {
        asked.add(name);
        return values.get(name);
    }

    private ConfigFault fault(String name, Object value, String expected) {
        return new ConfigFault(placeOf(name), value.toString(), expected);
    }
}
