package dev.antiphon.bench.start;

import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * From the start of the process to the first spoken answer: as it is, with an archive of classes (AppCDS), and with an AOT
 * cache where the JDK has it. Archives are made first, by {@code train}; then the ways take turns.
 *
 * <pre>
 *   StartReport JAR [ROUNDS [JDK…]]
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
public final class StartReport {
    private static final String VERSION = "JAVA_VERSION=\"";
    private static final int DEFAULT_ROUNDS = 9;
    private static final long TRAINING_SECONDS = 180;

    private StartReport() {}

    /** Prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) throw new IllegalArgumentException("expected: JAR [ROUNDS [JDK...]]");
        Path jar = Path.of(arguments[0]);
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : DEFAULT_ROUNDS;
        List<Path> jdks = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) jdks.add(Path.of(arguments[i]));
        if (jdks.isEmpty()) jdks.add(Path.of(System.getProperty("java.home")));
        Path folder = Files.createTempDirectory("start");
        Path config = Files.writeString(
                folder.resolve("antiphon.yaml"),
                "listen: 127.0.0.1:0\ntwin: {time-to-first-audio-millis: 1, real-time-factor: 100}\n");
        List<Way> ways = new ArrayList<>();
        for (Path jdk : jdks) ways.addAll(waysOf(jdk, jar, folder));
        HttpClient client = HttpClient.newHttpClient();
        for (int round = -1; round < rounds; round++) { // the first is not counted: it warms the disk and this client
            for (Way way : ways) way.start(jar, config, client, round >= 0);
        }
        print(ways);
    }

    private static List<Way> waysOf(Path jdk, Path jar, Path folder) throws IOException, InterruptedException {
        Path java = jdk.resolve("bin").resolve("java");
        int version = versionOf(jdk);
        Way plain = new Way(version, java, "as it is", List.of(), null);
        List<Way> ways = new ArrayList<>(List.of(plain));
        Path classes = folder.resolve(version + ".jsa");
        train(java, jar, "-XX:ArchiveClassesAtExit=" + classes);
        ways.add(new Way(version, java, "archive of classes", List.of("-XX:SharedArchiveFile=" + classes), plain));
        if (version >= 25) {
            Path cache = folder.resolve(version + ".aot");
            train(java, jar, "-XX:AOTCacheOutput=" + cache);
            ways.add(new Way(version, java, "AOT cache", List.of("-XX:AOTCache=" + cache), plain));
        }
        return ways;
    }

    private static int versionOf(Path jdk) throws IOException {
        for (String line : Files.readAllLines(jdk.resolve("release"))) {
            if (line.startsWith(VERSION) && line.endsWith("\"")) {
                return Runtime.Version.parse(line.substring(VERSION.length(), line.length() - 1))
                        .feature();
            }
        }
        throw new IOException(jdk + ": no JAVA_VERSION in its file release");
    }

    private static void train(Path java, Path jar, String flag) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(java.toString(), flag, "-jar", jar.toString(), "train")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("training failed: " + flag);
        }
    }

    private static void print(List<Way> ways) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("| JDK | start | listening, ms (min to max) | first sound, ms (min to max) | ratio |");
        out.println("|---|---|---|---|---|");
        for (Way way : ways) out.println(way.row());
    }

    /** One way to start and how long it took. */
    private static final class Way {
        private final int version;
        private final Path java;
        private final String name;
        private final List<String> flags;
        private final Way baseline;
        private final List<Start> starts = new ArrayList<>();

        /** @param baseline null: it is one itself */
        Way(int version, Path java, String name, List<String> flags, @Nullable Way baseline) {
            this.version = version;
            this.java = java;
            this.name = name;
            this.flags = flags;
            this.baseline = baseline == null ? this : baseline;
        }

        void start(Path jar, Path config, HttpClient client, boolean counts) throws Exception {
            Start start = Start.of(java, flags, jar, config, client);
            if (counts) starts.add(start);
        }

        String row() {
            return String.format(
                    Locale.ROOT,
                    "| %d | %s | %s | %s | %.2f |",
                    version,
                    name,
                    cell(starts.stream().map(Start::listeningNanos).sorted().toList()),
                    cell(totals()),
                    (double) median(totals()) / median(baseline.totals()));
        }

        private List<Long> totals() {
            return starts.stream().map(Start::totalNanos).sorted().toList();
        }

        private static long median(List<Long> sorted) {
            return sorted.get(sorted.size() / 2);
        }

        private static String cell(List<Long> sorted) {
            return String.format(
                    Locale.ROOT,
                    "%.0f (%.0f to %.0f)",
                    median(sorted) / 1e6,
                    sorted.get(0) / 1e6,
                    sorted.get(sorted.size() - 1) / 1e6);
        }
    }
}
