package dev.antiphon.bench.suite.report;

import dev.antiphon.bench.suite.report.Run.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The pictures of a report. With several numbers of sessions a measure is drawn against them, with one as rows.
 *
 * <p>Threading: immutable.
 */
final class Figures {
    private static final double FIRST_PERCENTILE = 50;
    private static final double LAST_PERCENTILE = 99.99;
    private static final int STEPS = 60;
    private static final String MICROS = "µs";
    /** Beyond, rows are drawn on a scale of powers. */
    private static final double WIDE_RANGE = 40;

    private final Results results;

    Figures(Results results) {
        this.results = results;
    }

    /**
     * A picture and what it shows.
     *
     * @param folded shown only when asked for
     */
    record Figure(String title, String caption, String svg, boolean folded) {}

    List<Figure> all() {
        List<Figure> all = new ArrayList<>();
        int common = results.commonSessions();
        percentiles(common, false).ifPresent(all::add);
        if (isSweep()) {
            against(Measure.P50_MICROS, "Median latency of a piece", MICROS, true)
                    .ifPresent(all::add);
            against(Measure.P99_MICROS, "99th percentile of the latency of a piece", MICROS, true)
                    .ifPresent(all::add);
        }
        against(Measure.CPU_PER_SESSION_SECOND_MILLIS, "CPU time of a second of a session", "ms per s", false)
                .ifPresent(all::add);
        against(Measure.CPU_PER_PIECE_MICROS, "CPU time of a piece", MICROS, false)
                .ifPresent(all::add);
        against(Measure.IDLE_SESSION_KB, "Memory of a connected session", "KB", false)
                .ifPresent(all::add);
        against(Measure.SPEAKING_SESSION_KB, "Memory of a session in conversation", "KB", false)
                .ifPresent(all::add);
        against(Measure.LAG_P99_MICROS, "Event-loop lag of the callers, 99th percentile", MICROS, true)
                .ifPresent(all::add);
        against(Measure.LATE_PER_MILLION, "Late and lost pieces", "of a million", false)
                .ifPresent(all::add);
        against(
                        Measure.UNDERRUNS_PER_SESSION_HOUR,
                        "Underruns of a player with a buffer of 100 ms",
                        "per session-hour",
                        false)
                .ifPresent(all::add);
        for (int sessions : results.sessions()) {
            if (sessions != common) percentiles(sessions, true).ifPresent(all::add);
        }
        return all;
    }

    /** The one for a document: against sessions where there are several numbers of them, otherwise percentiles. */
    Optional<Figure> main() {
        return isSweep()
                ? against(Measure.P99_MICROS, "99th percentile of the latency of a piece", MICROS, true)
                : percentiles(results.commonSessions(), false);
    }

    private boolean isSweep() {
        return results.sessions().size() > 1;
    }

    private Optional<Figure> percentiles(int sessions, boolean folded) {
        List<Series> series = new ArrayList<>();
        double last = FIRST_PERCENTILE;
        boolean anySlow = false;
        for (String label : results.labels()) {
            double itsLast = lastPercentile(label, sessions);
            if (itsLast <= FIRST_PERCENTILE) continue;
            last = Math.max(last, itsLast);
            boolean slow = !results.isHarnessOk(label, sessions);
            anySlow |= slow;
            series.add(new Series(slow ? label + " †" : label, colour(label), curve(label, sessions, itsLast)));
        }
        if (series.isEmpty()) return Optional.empty();
        String title = "Latency of a piece with " + Numbers.text(sessions) + " sessions";
        Axis y = Axis.log(MICROS, values(series)).ofMicros();
        return Optional.of(new Figure(
                title,
                "From the moment the model hands a piece of audio to its connection to its last byte at the caller, as far"
                        + " as there are samples for it."
                        + (results.rounds() > 1 ? " The line is the median of the rounds, the band their range." : "")
                        + (anySlow ? " † The harness was too slow: the line measures it, too." : ""),
                new LineChart(title, Axis.percentiles(last), y, series, false).svg(),
                folded));
    }

    private double lastPercentile(String label, int sessions) {
        long samples = results.measured(label, sessions).stream()
                .mapToLong(run -> run.log(Log.DOWNLINK).getTotalCount())
                .min()
                .orElse(0);
        return samples == 0 ? 0 : Math.min(LAST_PERCENTILE, 100 - 100.0 / samples);
    }

    private List<Mark> curve(String label, int sessions, double last) {
        List<Mark> marks = new ArrayList<>();
        double begin = Math.log(1 - FIRST_PERCENTILE / 100);
        double end = Math.log(1 - last / 100);
        for (int i = 0; i <= STEPS; i++) {
            double percentile = 100 - 100 * Math.exp(begin + (end - begin) * i / STEPS);
            List<Double> rounds = new ArrayList<>();
            for (Run run : results.measured(label, sessions)) {
                Histogram histogram = run.log(Log.DOWNLINK);
                rounds.add(Math.max(1, histogram.getValueAtPercentile(percentile)) / 1e3);
            }
            marks.add(new Mark(percentile, Spread.of(rounds), false));
        }
        return marks;
    }

    private Optional<Figure> against(Measure measure, String title, String unit, boolean log) {
        List<Series> series = new ArrayList<>();
        for (String label : results.labels()) {
            List<Mark> marks = new ArrayList<>();
            for (int sessions : results.sessions()) {
                Spread spread = results.spread(label, sessions, measure);
                if (spread.isKnown()) marks.add(new Mark(sessions, spread, !results.isHarnessOk(label, sessions)));
            }
            if (!marks.isEmpty()) series.add(new Series(label, colour(label), marks));
        }
        if (series.isEmpty()) return Optional.empty();
        boolean hollow = series.stream().flatMap(one -> one.marks().stream()).anyMatch(Mark::hollow);
        String caption = (results.rounds() > 1 ? "Median of the rounds, whiskers from the least to the greatest." : "")
                + (hollow ? " Hollow: the harness was too slow, the point measures it, too." : "");
        String svg;
        if (isSweep()) {
            List<Double> counts = new ArrayList<>();
            for (Series one : series) one.marks().forEach(mark -> counts.add(mark.x()));
            svg = new LineChart(title, Axis.sessions(counts), axis(unit, series, log), series, true).svg();
        } else {
            title += " with " + Numbers.text(results.commonSessions()) + " sessions";
            svg = new RowChart(title, axis(unit, series, log), series).svg();
        }
        return Optional.of(new Figure(title, caption, svg, false));
    }

    private static Axis axis(String unit, List<Series> series, boolean log) {
        List<Double> values = values(series);
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        double greatest = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        boolean wide = least > 0 && (log || greatest / least > WIDE_RANGE);
        Axis axis = wide ? Axis.log(unit, values) : Axis.linear(unit, values);
        return unit.equals(MICROS) ? axis.ofMicros() : axis;
    }

    private static List<Double> values(List<Series> series) {
        List<Double> values = new ArrayList<>();
        for (Series one : series) {
            for (Mark mark : one.marks()) {
                values.add(mark.y().min());
                values.add(mark.y().max());
            }
        }
        return values;
    }

    private int colour(String label) {
        return results.labels().indexOf(label);
    }
}
