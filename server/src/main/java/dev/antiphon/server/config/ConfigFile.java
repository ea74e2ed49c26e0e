package dev.antiphon.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The YAML file, with {@code ${NAME}} replaced by what the environment says.
 *
 * <p>Threading: confined to its caller.
 */
final class ConfigFile {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

    private final Map<String, String> environment;
    private final Map<String, Object> root;

    private ConfigFile(Map<String, String> environment, Map<?, ?> root) {
        this.environment = environment;
        this.root = new LinkedHashMap<>();
        root.forEach((name, value) -> {
            Object resolved = resolve(String.valueOf(name), value);
            if (resolved != null) this.root.put(String.valueOf(name), resolved);
        });
    }

    /** @param path null: there is none */
    static ConfigFile read(@Nullable String path, Map<String, String> environment) {
        if (path == null || path.isBlank()) return new ConfigFile(environment, Map.of());
        Object root;
        try {
            root = new Load(LoadSettings.builder().setLabel(path).build())
                    .loadFromString(Files.readString(Path.of(path)));
        } catch (IOException e) {
            throw new ConfigFault("ANTIPHON_CONFIG", path, "a readable YAML file");
        } catch (YamlEngineException e) {
            throw new ConfigFault("ANTIPHON_CONFIG", path, "YAML: " + e.getMessage());
        }
        if (root == null) return new ConfigFile(environment, Map.of());
        if (root instanceof Map<?, ?> settings) return new ConfigFile(environment, settings);
        throw new ConfigFault("ANTIPHON_CONFIG", path, "a YAML mapping of settings");
    }

    /** A setting of the root whose names are the operator's, and which is read by whoever knows it; null: not there. */
    @Nullable
    Object take(String name) {
        return root.remove(name);
    }

    /** What has not been taken, nested mappings flattened: {@code upstream.url}. */
    Map<String, Object> rest() {
        Map<String, Object> flat = new HashMap<>();
        flatten("", root, flat);
        return flat;
    }

    private @Nullable Object resolve(String place, @Nullable Object value) {
        if (value instanceof Map<?, ?> nested) {
            Map<String, Object> resolved = new LinkedHashMap<>();
            nested.forEach((name, each) -> {
                Object known = resolve(place + '.' + name, each);
                if (known != null) resolved.put(String.valueOf(name), known);
            });
            return resolved;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> resolved = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) resolved.add(resolve(place + '[' + i + ']', list.get(i)));
            return resolved;
        }
        return value instanceof String text ? resolveText(place, text) : value;
    }

    private String resolveText(String place, String text) {
        return REFERENCE.matcher(text).replaceAll(reference -> {
            String value = environment.get(reference.group(1));
            if (value != null) return Matcher.quoteReplacement(value);
            throw new ConfigFault(place, reference.group(), "a variable that is set");
        });
    }

    private static void flatten(String prefix, Map<?, ?> from, Map<String, Object> into) {
        for (Map.Entry<?, ?> entry : from.entrySet()) {
            String name = prefix + entry.getKey();
            if (entry.getValue() instanceof Map<?, ?> nested) flatten(name + '.', nested, into);
            else if (entry.getValue() != null) into.put(name, entry.getValue());
        }
    }
}
