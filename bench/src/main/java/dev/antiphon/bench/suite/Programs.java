package dev.antiphon.bench.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Programs of the machine: where they are, what version they say they have.
 *
 * <p>Threading: immutable.
 */
final class Programs {
    private static final long LONGEST_SECONDS = 180;

    private Programs() {}

    /** Looks along {@code PATH}, and where daemons lie even if that is not on it. */
    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The first line of what a program says of its version. */
    static String version(String... command) throws InterruptedException {
        try {
            return run(null, command).lines().findFirst().orElse("(says no version)");
        } catch (IOException e) {
            return "(version unknown: " + e.getMessage() + ")";
        }
    }

    /** @return all it said; it fails unless the exit code is 0 */
    static String run(@Nullable Path folder, String... command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("said", ".txt");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
            if (folder != null) builder.directory(folder.toFile());
            Process process = builder.start();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command[0] + " did not end within " + LONGEST_SECONDS + " s");
            }
            String text = new String(Files.readAllBytes(said), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) throw new IOException(command[0] + " failed: " + lastLine(text));
            return text;
        } finally {
            Files.delete(said);
        }
    }

    private static String lastLine(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        return lines.isEmpty() ? "(it said nothing)" : lines.get(lines.size() - 1);
    }
}
