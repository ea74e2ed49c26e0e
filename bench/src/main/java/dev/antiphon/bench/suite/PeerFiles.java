package dev.antiphon.bench.suite;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The baselines' own files, as they lie in the jar.
 *
 * <p>Threading: immutable.
 */
final class PeerFiles {
    private PeerFiles() {}

    static Path copy(String name, Path folder) throws IOException {
        Path copy = folder.resolve(Path.of(name).getFileName());
        Files.writeString(copy, read(name));
        return copy;
    }

    /** @param values what stands for each {@code @NAME@}; one that is not told is our fault */
    static String render(String name, Map<String, String> values) {
        String text = read(name);
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("@" + value.getKey() + "@", value.getValue());
        }
        if (text.matches("(?s).*@[A-Z_]+@.*")) throw new IllegalArgumentException(name + ": not all is told: " + text);
        return text;
    }

    private static String read(String name) {
        try (InputStream in = PeerFiles.class.getResourceAsStream("/peers/" + name)) {
            if (in == null) throw new IllegalArgumentException("peers/" + name + " is not in the jar");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
