package dev.antiphon.bench.suite;

import java.nio.file.Path;

/**
 * The JVM this runs on.
 *
 * <p>Threading: immutable.
 */
final class Jvm {
    private Jvm() {}

    static Path own() {
        return Path.of(System.getProperty("java.home", ""), "bin", "java");
    }
}
