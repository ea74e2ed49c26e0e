package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.TurnObserver;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Conversations of the official Node client, as npm installs it, with the embedded model. They are held by
 * {@code src/test/node/openai-conversations.mjs}; the order of what it received is checked here.
 *
 * <p>Skipped where there is no Node, or no way to the package registry and nothing in npm's cache.
 */
@Exercises("openai npm 7.55.0: typed turn, push-to-talk, barge-in")
@Timeout(240)
class OpenAiNpmClientIT {
    private static final Path SCRIPTS = moduleDirectory().resolve("src/test/node");
    private static final Path WORK = moduleDirectory().resolve("target/node-client");
    private static final String SCRIPT = "openai-conversations.mjs";
    private static final long INSTALL_SECONDS = 120;
    private static final long TALK_SECONDS = 90;
    /** npm's codes for: no way to the registry. */
    private static final List<String> OFFLINE = List.of(
            "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED", "E50");

    /** What a program said and how it ended. */
    private record Ended(int exitCode, String output) {}

    @Test
    void theNodeClientHoldsItsConversations() throws Exception {
        requireProgram("node");
        requireProgram("npm");
        install();
        Path frames = Files.createDirectories(WORK.resolve("frames"));
        clear(frames);
        Path question = Files.write(WORK.resolve("question.pcm"), TestSpeech.pcm("What can you hear of this?"));

        try (Gateway gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE)) {
            String port = Integer.toString(gateway.address().getPort());
            Ended ended = run(TALK_SECONDS, "node", SCRIPT, port, question.toString(), frames.toString());
            assertThat(ended.exitCode()).as(ended.output()).isZero();
        }
        for (String conversation : List.of("typed-question", "push-to-talk", "barge-in")) {
            EventOrder order = new EventOrder();
            for (String line : Files.readAllLines(frames.resolve(conversation + ".jsonl"))) {
                order.accept(Frame.parse(line));
            }
            order.requireRest();
        }
    }

    private static void requireProgram(String name) throws Exception {
        try {
            Files.createDirectories(WORK);
            if (run(30, name, "--version").exitCode() == 0) return;
        } catch (IOException absent) {
            abort(name + " is not on the path: the Node client is not tried");
        }
        abort(name + " does not run: the Node client is not tried");
    }

    /** Below target, without a lock file: the versions are pinned, and a lock file would name a registry. */
    private static void install() throws Exception {
        for (String file : List.of("package.json", SCRIPT)) {
            Files.copy(SCRIPTS.resolve(file), WORK.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Ended ended = run(
                INSTALL_SECONDS,
                "npm",
                "install",
                "--no-package-lock",
                "--ignore-scripts",
                "--prefer-offline",
                "--no-audit",
                "--no-fund");
        if (ended.exitCode() == 0) return;
        if (OFFLINE.stream().anyMatch(ended.output()::contains)) {
            abort("npm cannot install the Node client offline: " + ended.output());
        }
        throw new AssertionError("npm install: exit code " + ended.exitCode() + "\n" + ended.output());
    }

    private static Ended run(long seconds, String... command) throws IOException, InterruptedException {
        File output = Files.createTempFile(WORK, "output", ".txt").toFile();
        Process process = new ProcessBuilder(command)
                .directory(WORK.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        try {
            process.getOutputStream().close();
            boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
            String said = Files.readString(output.toPath(), StandardCharsets.UTF_8);
            if (!ended) {
                throw new AssertionError(String.join(" ", command) + ": not ended after " + seconds + " s\n" + said);
            }
            return new Ended(process.exitValue(), said);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.deleteIfExists(output.toPath());
        }
    }

    private static void clear(Path directory) throws IOException {
        try (Stream<Path> old = Files.list(directory)) {
            for (Path file : old.toList()) Files.delete(file);
        }
    }

    /** Maven runs the tests in the module's directory, an IDE perhaps in the project's. */
    private static Path moduleDirectory() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("src/test/node")) ? here : here.resolve("server");
    }
}
