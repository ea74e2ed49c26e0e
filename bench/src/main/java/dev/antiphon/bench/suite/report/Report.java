package dev.antiphon.bench.suite.report;

import dev.antiphon.bench.suite.report.Figures.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A report of measured points.
 *
 * <p>Threading: immutable.
 */
public final class Report {
    private final Results results;
    private final long boundNanos;

    private Report(Results results, long boundNanos) {
        this.results = results;
        this.boundNanos = boundNanos;
    }

    /**
     * @param floors what others are compared with, the first that was measured
     * @param boundMillis the 99th percentile above which a contender has broken
     */
    public static Report of(List<Path> folders, List<String> floors, double boundMillis) throws IOException {
        return new Report(Results.read(folders, floors), Math.round(boundMillis * 1e6));
    }

    /** @return whether there is nothing to tell */
    public boolean isEmpty() {
        return results.runs().isEmpty();
    }

    public String markdown() {
        StringBuilder text = new StringBuilder();
        Page.facts(results)
                .forEach((name, value) -> text.append("- ")
                        .append(name)
                        .append(": ")
                        .append(value)
                        .append('\n'));
        results.suiteUnder(Results.LEFT_OUT)
                .forEach((label, why) -> text.append("- not measured: ")
                        .append(label)
                        .append(": ")
                        .append(why)
                        .append('\n'));
        for (Run run : results.failed()) {
            String why = run.failure().lines().findFirst().orElse("nothing was heard");
            text.append("- failed: ").append(run.label()).append(" with ").append(Numbers.text(run.sessions()));
            text.append(" sessions: ").append(why).append('\n');
        }
        text.append('\n');
        for (Table table : tables()) text.append(table.markdown());
        return text.toString();
    }

    public String html() {
        return new Page(results, new Figures(results).all(), tables()).html();
    }

    /** The main picture, standing alone. */
    public Optional<String> svg() {
        return new Figures(results).main().map(Figure::svg).map(Svg::alone);
    }

    private List<Table> tables() {
        return new Tables(results, boundNanos).all();
    }
}
