package dev.antiphon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and what is said with them. */
class AntiphonCommandTest {

    @ParameterizedTest
    @ValueSource(strings = {"serve", "demo", "ask", "twin", "train"})
    void everyCommandHasHelp(String command) {
        Outcome outcome = run(command, "--help");
        assertThat(outcome.exitCode).isZero();
        assertThat(outcome.out).startsWith("Usage: antiphon " + command);
    }

    @Test
    void helpNamesTheEnvironment() {
        Outcome outcome = run("--help");
        assertThat(outcome.exitCode).isZero();
        assertThat(outcome.out).contains("ANTIPHON_LISTEN", "ANTIPHON_UPSTREAM_URL", "OPENAI_API_KEY");
    }

    @Test
    void aStageLogThatCannotBeWrittenIsNamed(@TempDir Path folder) {
        Outcome outcome = run("serve", "--stage-log", folder.toString());
        assertThat(outcome.exitCode).isEqualTo(1);
        assertThat(outcome.err).contains("--stage-log: " + folder + " cannot be written: ");
    }

    @Test
    void anUnknownCommandIsAUsageError() {
        assertThat(run("sing").exitCode).isEqualTo(2);
    }

    @Test
    void askNeedsAQuestion() {
        Outcome outcome = run("ask");
        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err).contains("--text");
    }

    @Test
    void askRefusesAnAddressThatIsNoWebSocket() {
        Outcome outcome = run("ask", "--url", "http://127.0.0.1:1/v1/realtime", "--text", "Hello?");
        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err).contains("http://127.0.0.1:1/v1/realtime (expected: ws://... or wss://...)");
    }

    @Test
    void askSaysWhoRefusedTheConnection() {
        Outcome outcome = run("ask", "--url", "ws://127.0.0.1:1/v1/realtime", "--text", "Hello?");
        assertThat(outcome.exitCode).isEqualTo(1);
        assertThat(outcome.err).contains("antiphon: ws://127.0.0.1:1/v1/realtime: ");
    }

    @Test
    void aFileThatIsNotThereIsNamed(@TempDir Path folder) {
        Path file = folder.resolve("question.wav");
        Outcome outcome = run("ask", "--url", "ws://127.0.0.1:1/v1/realtime", "--in", file.toString());
        assertThat(outcome.exitCode).isEqualTo(1);
        assertThat(outcome.err).contains(file + ": no such file");
    }

    @Test
    void theTwinRefusesAPortThatIsNone() {
        Outcome outcome = run("twin", "--port", "70000");
        assertThat(outcome.exitCode).isEqualTo(2);
        assertThat(outcome.err).contains("port: 70000 (expected: 0 to 65535)");
    }

    private record Outcome(int exitCode, String out, String err) {}

    private static Outcome run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            int exitCode = AntiphonCommand.run(arguments);
            return new Outcome(
                    exitCode, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
