package dev.antiphon.bench.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A process the suite has started; all it says goes to one file. Variables of the suite's own environment that would lead
 * it elsewhere, to a proxy or to a real provider, are kept from it.
 *
 * <p>Threading: thread-safe.
 */
final class Child implements AutoCloseable {
    private static final long STOP_SECONDS = 5;

    private final String name;
    private final Process process;
    private final Path log;

    private Child(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    static Child start(String name, Launch launch, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(launch.command()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(Child::leadsElsewhere);
        builder.environment().putAll(launch.environment());
        return new Child(name, builder.start(), log);
    }

    private static boolean leadsElsewhere(String variable) {
        String upper = variable.toUpperCase(Locale.ROOT);
        return upper.endsWith("_PROXY")
                || upper.startsWith("OPENAI_")
                || upper.startsWith("AZURE_")
                || upper.startsWith("ANTIPHON_");
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** @return whether it has ended by then */
    boolean endsWithin(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }

    /**
     * What it said, for the report of its death: all of it if that is little, otherwise how it began and how it ended.
     *
     * @param count lines at most
     */
    String lastWords(int count) {
        List<String> lines;
        try {
            lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            return "(" + log + ": " + e.getMessage() + ")";
        }
        if (lines.size() <= count) return String.join("\n", lines);
        List<String> end = lines.subList(lines.size() - count + 1, lines.size());
        return lines.get(0) + "\n" + String.join("\n", end);
    }

    /** Asks it to end, and after a while makes it. */
    @Override
    public void close() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }
}
