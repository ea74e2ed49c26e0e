package dev.antiphon.server.config;

import dev.antiphon.upstream.Dialect;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code dialects}: the operator's own, each like one that is known but for what it says.
 *
 * <p>Threading: confined to its caller.
 */
final class DialectsReader {
    private DialectsReader() {}

    /** @param section null: none of one's own   @return these and all that are known */
    static Map<String, Dialect> read(@Nullable Object section) {
        Map<String, Dialect> dialects = new HashMap<>(Dialect.KNOWN);
        if (section == null) return dialects;
        Fields named = Fields.of("dialects", section);
        for (String name : named.names()) {
            if (dialects.containsKey(name) || name.equals(UpstreamsReader.TWIN)) {
                throw new ConfigFault(named.placeOf(name), "known already", "a name of its own");
            }
            Fields fields = Fields.of(named.placeOf(name), nested(named, name));
            dialects.put(name, derived(name, fields));
            fields.refuseUnknown();
        }
        return dialects;
    }

    private static @Nullable Object nested(Fields named, String name) {
        return named.items(name).isEmpty() ? null : named.items(name).get(0).value();
    }

    private static Dialect derived(String name, Fields fields) {
        Dialect like = fields.oneOf("like", Dialect.KNOWN, Dialect.OPENAI);
        Map<String, String> overrides = new TreeMap<>();
        for (String key : Dialect.KEYS) {
            String text = fields.text(key);
            if (text != null) overrides.put(key, text);
        }
        try {
            return like.derive(name, overrides);
        } catch (IllegalArgumentException e) {
            String complaint = String.valueOf(e.getMessage());
            throw new ConfigFault(fields.placeOf(complaint.substring(("dialect " + name + ": ").length())));
        }
    }
}
