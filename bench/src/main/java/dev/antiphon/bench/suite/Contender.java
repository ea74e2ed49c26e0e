package dev.antiphon.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A target with all that is said about how to run it; the same target may appear several times in one run.
 *
 * <p>Threading: immutable.
 *
 * @param label by which the report knows it
 * @param java the JVM it runs on, where it needs one
 * @param jvmFlags of that JVM
 * @param protocol what its callers speak: realtime, pcm or sse
 * @param environment set for it besides what every run of its target has
 */
record Contender(
        String label,
        Target target,
        Path java,
        List<String> jvmFlags,
        String protocol,
        Map<String, String> environment) {
    private static final String JAVA = "java:";
    private static final String PROTOCOL = "protocol:";
    private static final String ENVIRONMENT = "env:";

    static Contender of(Target target, Path java, List<String> jvmFlags) {
        return new Contender(target.label(), target, java, jvmFlags, target.protocol(), Map.of());
    }

    /**
     * The gateway in another way.
     *
     * @param definition {@code NAME=WORD…}, a word being {@code java:PATH}, {@code protocol:NAME}, {@code env:NAME=VALUE},
     *     or a flag of the JVM, which is put behind those every gateway of the run has
     */
    Contender variant(String definition) {
        int equals = definition.indexOf('=');
        String name = equals < 0 ? "" : definition.substring(0, equals).strip();
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new IllegalArgumentException(
                    "variant: " + definition + " (expected: NAME=WORD…, NAME of letters, digits, '.', '_' and '-')");
        }
        Path itsJava = java;
        String itsProtocol = protocol;
        List<String> flags = new ArrayList<>(jvmFlags);
        Map<String, String> itsEnvironment = new TreeMap<>(environment);
        for (String word : words(definition.substring(equals + 1))) {
            if (word.startsWith(JAVA)) itsJava = Path.of(word.substring(JAVA.length()));
            else if (word.startsWith(PROTOCOL)) itsProtocol = word.substring(PROTOCOL.length());
            else if (word.startsWith(ENVIRONMENT)) set(word.substring(ENVIRONMENT.length()), itsEnvironment);
            else flags.add(word);
        }
        return new Contender(
                label + "-" + name,
                target,
                itsJava,
                List.copyOf(flags),
                itsProtocol,
                Collections.unmodifiableMap(itsEnvironment));
    }

    /** The same under a longer label. */
    Contender named(String suffix) {
        return new Contender(label + "-" + suffix, target, java, jvmFlags, protocol, environment);
    }

    private static void set(String assignment, Map<String, String> environment) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) throw new IllegalArgumentException("variant: env:" + assignment + " (expected: NAME=VALUE)");
        environment.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }

    static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+", -1));
    }
}
