package dev.antiphon.bench.suite;

import java.util.List;
import java.util.Map;

/**
 * A process to be started.
 *
 * <p>Threading: immutable.
 *
 * @param environment set on top of the suite's own
 */
record Launch(List<String> command, Map<String, String> environment) {
    static Launch of(String... command) {
        return new Launch(List.of(command), Map.of());
    }
}
