package dev.antiphon.bench.suite.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * All points of one or several suites, and what the suites say of themselves.
 *
 * <p>Threading: immutable.
 */
public final class Results {
    public static final String SUITE_FILE = "suite.properties";
    /** Labels in the order they are shown, with commas. */
    public static final String ORDER = "order";

    public static final String LEFT_OUT = "left-out.";
    public static final String DESCRIPTION = "description.";
    public static final String FLAGS = "flags.";

    private final List<Run> runs;
    private final Map<String, String> suite;
    private final List<String> labels;
    private final String floor;

    private Results(List<Run> runs, Map<String, String> suite, List<String> floors) {
        this.runs = runs;
        this.suite = suite;
        Set<String> known = new LinkedHashSet<>();
        Set<String> measured = new LinkedHashSet<>();
        for (Run run : runs) measured.add(run.label());
        for (String label : suite.getOrDefault(ORDER, "").split(",", -1)) {
            if (measured.contains(label)) known.add(label);
        }
        known.addAll(measured);
        labels = List.copyOf(known);
        floor = floors.stream().filter(labels::contains).findFirst().orElse("");
    }

    /** @param floors what others are compared with, the first that was measured */
    public static Results read(List<Path> folders, List<String> floors) throws IOException {
        List<Run> runs = new ArrayList<>();
        Map<String, String> suite = new TreeMap<>();
        for (int i = 0; i < folders.size(); i++) {
            if (!Files.isDirectory(folders.get(i))) throw new IOException(folders.get(i) + ": no such folder");
            List<Path> files;
            try (Stream<Path> all = Files.walk(folders.get(i))) {
                files = all.sorted().toList();
            }
            Set<Path> points = new LinkedHashSet<>();
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                Path folder = file.toAbsolutePath().getParent();
                if (folder == null) continue;
                if (name.equals(Run.RUN_FILE) || name.equals(Run.POINT_FILE)) points.add(folder);
                if (name.equals(SUITE_FILE)) addSuite(file, suite);
            }
            for (Path point : points) runs.add(Run.read(point, i + "/"));
        }
        return new Results(runs, suite, floors);
    }

    private static void addSuite(Path file, Map<String, String> suite) throws IOException {
        Properties properties = new Properties();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        for (String key : properties.stringPropertyNames()) {
            suite.merge(key, properties.getProperty(key), (one, other) -> one.equals(other) ? one : one + "; " + other);
        }
    }

    /** In the order they are shown. */
    List<String> labels() {
        return labels;
    }

    /** @return empty: none was measured */
    String floor() {
        return floor;
    }

    /** Numbers of sessions, ascending. */
    List<Integer> sessions() {
        Set<Integer> counts = new TreeSet<>();
        for (Run run : runs) counts.add(run.sessions());
        return List.copyOf(counts);
    }

    /** The number of sessions at which most contenders were measured, of several the greatest. */
    int commonSessions() {
        int common = 0;
        long most = 0;
        for (int count : sessions()) {
            long measured = labels.stream()
                    .filter(label -> !measured(label, count).isEmpty())
                    .count();
            if (measured >= most) {
                common = count;
                most = measured;
            }
        }
        return common;
    }

    List<Run> runs() {
        return runs;
    }

    /** How often everything was measured. */
    long rounds() {
        return runs.stream().map(Run::round).distinct().count();
    }

    List<Run> measured(String label, int sessions) {
        return runs.stream()
                .filter(run -> run.label().equals(label) && run.sessions() == sessions && run.isMeasured())
                .toList();
    }

    List<Run> failed() {
        return runs.stream().filter(run -> !run.isMeasured()).toList();
    }

    /** Points whose callers or model were too slow in one of the rounds. */
    boolean isHarnessOk(String label, int sessions) {
        return measured(label, sessions).stream().allMatch(Run::isHarnessOk);
    }

    Spread spread(String label, int sessions, Measure measure) {
        return Spread.of(measured(label, sessions).stream().map(measure::of).toList());
    }

    /** How many times the floor's, round by round; unknown where the floor was not measured. */
    Spread ratio(String label, int sessions, Measure measure) {
        List<Double> ratios = new ArrayList<>();
        for (Run run : measured(label, sessions)) {
            floorOf(run).ifPresent(its -> ratios.add(measure.of(run) / measure.of(its)));
        }
        return Spread.of(ratios);
    }

    private Optional<Run> floorOf(Run run) {
        return measured(floor, run.sessions()).stream()
                .filter(other -> other.round().equals(run.round()))
                .findFirst();
    }

    /** Over all rounds; NaN: nobody counted. */
    double sum(String label, int sessions, Measure measure) {
        double[] counts = measured(label, sessions).stream()
                .mapToDouble(measure::of)
                .filter(count -> !Double.isNaN(count))
                .toArray();
        double sum = 0;
        for (double count : counts) sum += count;
        return counts.length == 0 ? Double.NaN : sum;
    }

    /** What a contender says of itself in its runs, the first that says anything. */
    String text(String label, String key) {
        return runs.stream()
                .filter(run -> run.label().equals(label))
                .map(run -> run.text(key))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** @return empty: the suite does not say */
    String suite(String key) {
        return suite.getOrDefault(key, "");
    }

    /** Everything under a prefix, without it. */
    Map<String, String> suiteUnder(String prefix) {
        Map<String, String> found = new LinkedHashMap<>();
        suite.forEach((key, value) -> {
            if (key.startsWith(prefix)) found.put(key.substring(prefix.length()), value);
        });
        return found;
    }
}
