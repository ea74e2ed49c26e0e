package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.antiphon.bench.suite.report.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A point leaves what was measured, or why not, and no process. */
@Timeout(120)
class PointRunnerTest {
    private static final Load LOAD = new Load("audio", "server_vad", new Load.Length(0, 1), 1, List.of(), List.of());
    private static final Contender DIRECT = Contender.of(Target.DIRECT, Jvm.own(), List.of());
    private static final Contender ANTIPHON = Contender.of(Target.ANTIPHON, Jvm.own(), List.of());

    @TempDir
    Path folder;

    private final Children children = Children.stoppedAtExit();

    @AfterEach
    void stop() {
        children.close();
    }

    @Test
    void aMeasuredPointIsReadBackAndItsProcessesAreGone() throws Exception {
        Point point = new Point(DIRECT, 5, 1);
        Run run = runner("measure").measure(point);

        assertThat(run.failure()).isEmpty();
        assertThat(run.isMeasured()).isTrue();
        assertThat(run.sessions()).isEqualTo(5);
        assertThatNothingLives(point);
    }

    @Test
    void aTargetIsWatchedByItsOwnProcess() throws Exception {
        assumeTrue(Programs.find("cc").isPresent(), "there is no C compiler");
        Peers peers = peers();
        assertThat(peers.prepare(Target.RELAY)).isTrue();
        Point point = new Point(Contender.of(Target.RELAY, Jvm.own(), List.of()), 5, 1);

        Run run = runner("measure", peers).measure(point);

        assertThat(run.isMeasured()).isTrue();
        assertThat(watched(point)).matches("gateway=\\d+,upstream=\\d+");
        assertThatNothingLives(point);
    }

    @Test
    void aCrowdIsAPointOfItsOwn() throws Exception {
        Load load = new Load("audio", "server_vad", new Load.Length(0, 22), 1, List.of(), List.of());
        Point point = new Point(DIRECT, 5, 1);
        Run run = new PointRunner(
                        ScriptedEngine.whoseCallers("await-crowd"),
                        peers(),
                        Pinning.of(Optional.empty(), 2, "0", "1"),
                        load,
                        new Crowd(30, 30, 0),
                        children,
                        folder)
                .measure(point);
        assertThat(run.sessions()).isEqualTo(5);
        Run crowd = Run.read(point.folderIn(folder).resolve("crowd"), "");
        assertThat(crowd.label()).isEqualTo("direct-crowd");
        assertThat(crowd.sessions()).isEqualTo(30);
        assertThat(crowd.isMeasured()).isTrue();
        assertThat(crowd.number("seconds")).isEqualTo(1);
    }

    @Test
    void callersThatDieFailThePointWithTheirLastWords() throws Exception {
        Point point = new Point(DIRECT, 5, 1);
        Run run = runner("die").measure(point);

        assertThat(run.isMeasured()).isFalse();
        assertThat(run.failure()).isEqualTo("callers ended with exit code 3:\nno more file descriptors");
        assertThatNothingLives(point);
    }

    @Test
    void aTargetThatDiesFailsThePointWithItsLastWords() throws Exception {
        Run run = runner("measure").measure(new Point(ANTIPHON, 5, 1));

        assertThat(run.failure()).startsWith("target ended with exit code 1:\n").contains("no-such.jar");
    }

    @Test
    void theSuiteGoesOnAfterAPointThatFailed() throws Exception {
        StringWriter said = new StringWriter();
        Schedule schedule = new FixedSchedule(List.of(ANTIPHON, DIRECT), List.of(5), 1);
        int failed =
                new Suite(runner("measure"), schedule, new Progress(new PrintWriter(said)), 5_000_000, 0).measureAll();

        assertThat(failed).isEqualTo(1);
        assertThat(said.toString().lines().filter(line -> line.startsWith("[")).toList())
                .satisfiesExactly(
                        line -> assertThat(line).contains("[1/2]", "antiphon", "FAILED: target ended", " left"),
                        line -> assertThat(line)
                                .contains("[2/2]", "direct", "p50 50 µs")
                                .doesNotContain(" left"));
    }

    @Test
    void aSuiteThatIsInterruptedTakesItsProcessesWithIt() throws Exception {
        Path said = folder.resolve("said");
        Process suite = new ProcessBuilder(
                        Jvm.own().toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        InterruptedSuite.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        while (!Files.readString(said).contains("\n") && suite.isAlive()) Thread.onSpinWait();
        Optional<ProcessHandle> child =
                ProcessHandle.of(Long.parseLong(Files.readString(said).strip()));
        assertThat(child).isPresent();

        suite.destroy();
        suite.waitFor();

        assertThat(child.orElseThrow().isAlive()).isFalse();
    }

    private PointRunner runner(String manner) {
        return runner(manner, peers());
    }

    private PointRunner runner(String manner, Peers peers) {
        return runner(manner, peers, null);
    }

    private PointRunner runner(String manner, Peers peers, @Nullable Crowd crowd) {
        Pinning free = Pinning.of(Optional.empty(), 2, "0", "1");
        return new PointRunner(ScriptedEngine.whoseCallers(manner), peers, free, LOAD, crowd, children, folder);
    }

    private Peers peers() {
        return new Peers(folder.resolve("peers"), folder.resolve("no-such.jar"));
    }

    private String watched(Point point) throws IOException {
        return Files.readString(point.folderIn(folder).resolve(ScriptedEngine.WATCHED));
    }

    private void assertThatNothingLives(Point point) throws IOException {
        for (String watched : watched(point).split(",", -1)) {
            long pid = Long.parseLong(watched.substring(watched.indexOf('=') + 1));
            assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                    .as(watched)
                    .isEmpty();
        }
    }

    /** Starts a child, says its pid, and waits to be stopped. */
    public static final class InterruptedSuite {
        private InterruptedSuite() {}

        public static void main(String[] arguments) throws Exception {
            Children children = Children.stoppedAtExit();
            Child child = children.start("sleep", Launch.of("sleep", "600"), Path.of(arguments[0], "sleep.log"));
            System.out.println(child.pid());
            child.endsWithin(600_000);
        }
    }
}
