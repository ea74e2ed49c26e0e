package dev.antiphon.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The two commands of the recipe: what {@code train} leaves is used by the next start, or that start fails. */
@Timeout(300)
class TrainedStartIT {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final Path JAR = Path.of("target", "antiphon.jar").toAbsolutePath();
    private static final long LONGEST_SECONDS = 120;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void anArchiveOfClassesIsMadeAndUsed() throws Exception {
        Path archive = folder.resolve("antiphon.jsa");
        train("-XX:ArchiveClassesAtExit=" + archive);
        assertThat(archive).isNotEmptyFile();
        assertThat(java("-XX:SharedArchiveFile=" + archive, "-Xshare:on", "-Xlog:class+load", "--version"))
                .containsPattern("GatewayMain source: shared objects file \\(top\\)");
    }

    @Test
    void anAheadOfTimeCacheIsMadeAndUsed() throws Exception {
        assumeThat(Runtime.version().feature())
                .as("-XX:AOTCacheOutput came with JDK 25")
                .isGreaterThanOrEqualTo(25);
        Path cache = folder.resolve("antiphon.aot");
        train("-XX:AOTCacheOutput=" + cache);
        assertThat(cache).isNotEmptyFile();
        assertThat(java("-XX:AOTCache=" + cache, "-XX:AOTMode=on", "-Xlog:class+load", "--version"))
                .containsPattern("GatewayMain source: shared objects file");
    }

    private void train(String flag) throws IOException, InterruptedException {
        assertThat(java(flag, "train")).contains("trained: one question spoken, one written");
    }

    /** @param arguments the flags of the JVM, and last the command   @return what it said */
    private String java(String... arguments) throws IOException, InterruptedException {
        Path said = folder.resolve("said.txt");
        List<String> command = new ArrayList<>(List.of(JAVA.toString()));
        command.addAll(List.of(arguments).subList(0, arguments.length - 1));
        command.addAll(List.of("-jar", JAR.toString(), arguments[arguments.length - 1]));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS))
                    .as("ended: %s", command)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(said);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
