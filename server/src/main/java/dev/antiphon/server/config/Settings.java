package dev.antiphon.server.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings by name, from the environment and from a YAML file; the environment wins. Whoever asks for a setting says
 * what it is called in both, and what is asked of is remembered, so that a name in the file that nobody asked for is an
 * error and not a silent typo.
 *
 * <p>Threading: confined to its caller.
 */
final class Settings {
    private final Map<String, String> environment;
    private final Map<String, Object> file;
    private final Set<String> asked = new TreeSet<>();

    /** @param file nested maps flattened: {@code upstream.url} */
    Settings(Map<String, String> environment, Map<String, Object> file) {
        this.environment = environment;
        this.file = new HashMap<>(file);
    }

    /** A setting as text; null: not set, or set to nothing. */
    @Nullable
    String text(String environmentName, String fileName) {
        asked.add(fileName);
        String value = environment.get(environmentName);
        if (value == null || value.isBlank()) {
            Object inFile = file.get(fileName);
            value = inFile == null ? null : inFile.toString();
        }
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** A comma list in the environment, a list or a comma list in the file. */
    List<String> list(String environmentName, String fileName) {
        Object inFile = file.get(fileName);
        String environmentValue = environment.get(environmentName);
        List<String> values = new ArrayList<>();
        asked.add(fileName);
        if (environmentValue == null && inFile instanceof List<?> items) {
            for (Object item : items) values.add(String.valueOf(item));
            return values;
        }
        String text = text(environmentName, fileName);
        if (text == null) return values;
        for (String value : text.split(",", -1)) {
            if (!value.isBlank()) values.add(value.strip());
        }
        return values;
    }

    int whole(String environmentName, String fileName, int otherwise, int least, int most) {
        String text = text(environmentName, fileName);
        if (text == null) return otherwise;
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) return value;
        } catch (NumberFormatException e) {
            // Told below, with what else it might be.
        }
        throw new ConfigFault(nameOf(environmentName, fileName), text, least + " to " + most);
    }

    int millis(String fileName, int otherwise) {
        return (int) number(fileName, otherwise, 1, Integer.MAX_VALUE, "whole milliseconds, > 0");
    }

    double number(String fileName, double otherwise, double least, double most, String expected) {
        asked.add(fileName);
        Object value = file.get(fileName);
        if (value == null) return otherwise;
        if (value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        throw new ConfigFault(fileName, value.toString(), expected);
    }

    /** How a setting is to be named in an error: as it was given. */
    String nameOf(String environmentName, String fileName) {
        String value = environment.get(environmentName);
        return value == null || value.isBlank() ? fileName : environmentName;
    }

    /** To be called when everything has been asked for. */
    void refuseUnknown() {
        for (String name : new TreeSet<>(file.keySet())) {
            if (!asked.contains(name)) {
                throw new ConfigFault(name, "unknown setting", "one of " + String.join(", ", asked));
            }
        }
    }
}
