package dev.antiphon.bench.suite.report;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * The tables of a report.
 *
 * <p>Threading: immutable.
 */
final class Tables {
    private static final String TOO_SLOW = "†";

    private final Results results;
    private final long boundNanos;

    /** @param boundNanos the 99th percentile above which a contender has broken */
    Tables(Results results, long boundNanos) {
        this.results = results;
        this.boundNanos = boundNanos;
    }

    List<Table> all() {
        List<Table> tables = new ArrayList<>(List.of(latency(), cost(), turns(), own(), health()));
        if (results.sessions().size() > 1) tables.add(knee());
        tables.add(contenders());
        tables.removeIf(table -> table.rows().isEmpty());
        return tables;
    }

    private Table latency() {
        return byPoint(
                "Latency of a piece, µs",
                List.of("p50", "p90", "p99", "p99.9", "p99.99", "max", "p50 × floor", "p99 × floor"),
                (label, sessions) -> List.of(
                        spread(label, sessions, Measure.P50_MICROS),
                        spread(label, sessions, Measure.P90_MICROS),
                        spread(label, sessions, Measure.P99_MICROS),
                        spread(label, sessions, Measure.P99_9_MICROS),
                        spread(label, sessions, Measure.P99_99_MICROS),
                        spread(label, sessions, Measure.MAX_MICROS),
                        ratio(label, sessions, Measure.P50_MICROS),
                        ratio(label, sessions, Measure.P99_MICROS)),
                "From the moment the model hands a piece of audio to its connection to its last byte at the caller. "
                        + (results.floor().isEmpty()
                                ? "No floor was measured, so there are no ratios."
                                : "The floor is " + results.floor() + " in the same round.")
                        + rounds() + tooSlow());
    }

    private Table cost() {
        return byPoint(
                "What it costs",
                List.of(
                        "CPU per piece, µs",
                        "× floor",
                        "CPU per session-second, ms",
                        "× floor",
                        "CPU of a core, %",
                        "idle session, KB",
                        "speaking session, KB"),
                (label, sessions) -> List.of(
                        spread(label, sessions, Measure.CPU_PER_PIECE_MICROS),
                        ratio(label, sessions, Measure.CPU_PER_PIECE_MICROS),
                        spread(label, sessions, Measure.CPU_PER_SESSION_SECOND_MILLIS),
                        ratio(label, sessions, Measure.CPU_PER_SESSION_SECOND_MILLIS),
                        spread(label, sessions, Measure.CPU_OF_A_CORE_PERCENT),
                        spread(label, sessions, Measure.IDLE_SESSION_KB),
                        spread(label, sessions, Measure.SPEAKING_SESSION_KB)),
                "CPU is user and system time of the target's process. Memory is what its resident size grows by, for a"
                        + " session that is connected, and for one in conversation." + tooSlow());
    }

    private Table turns() {
        return byPoint(
                "Turns, µs",
                List.of(
                        "first audio p50",
                        "first audio p99",
                        "uplink p50",
                        "uplink p99",
                        "barge-in p50",
                        "barge-in p99",
                        "turns"),
                (label, sessions) -> List.of(
                        spread(label, sessions, Measure.FIRST_AUDIO_P50_MICROS),
                        spread(label, sessions, Measure.FIRST_AUDIO_P99_MICROS),
                        spread(label, sessions, Measure.UPLINK_P50_MICROS),
                        spread(label, sessions, Measure.UPLINK_P99_MICROS),
                        spread(label, sessions, Measure.BARGE_IN_P50_MICROS),
                        spread(label, sessions, Measure.BARGE_IN_P99_MICROS),
                        sum(label, sessions, Measure.TURNS)),
                "");
    }

    private Table own() {
        return byPoint(
                        "The gateway's own share, µs",
                        List.of(
                                "request p50",
                                "request p99",
                                "first audio p50",
                                "first audio p99",
                                "cut answer p50",
                                "cut answer p99",
                                "loop lag p50",
                                "loop lag p99",
                                "loop lag max"),
                        (label, sessions) -> List.of(
                                spread(label, sessions, Measure.OWN_REQUEST_P50_MICROS),
                                spread(label, sessions, Measure.OWN_REQUEST_P99_MICROS),
                                spread(label, sessions, Measure.OWN_FIRST_AUDIO_P50_MICROS),
                                spread(label, sessions, Measure.OWN_FIRST_AUDIO_P99_MICROS),
                                spread(label, sessions, Measure.OWN_CANCEL_P50_MICROS),
                                spread(label, sessions, Measure.OWN_CANCEL_P99_MICROS),
                                spread(label, sessions, Measure.LOOP_LAG_P50_MICROS),
                                spread(label, sessions, Measure.LOOP_LAG_P99_MICROS),
                                spread(label, sessions, Measure.LOOP_LAG_MAX_MICROS)),
                        "As the gateway stamps it, without callers, model and kernel: a turn's end decided to the request's last byte"
                                + " written; the first piece of audio read to its first frame written; an answer cut to its last"
                                + " byte written, the model being reset before. The loop lag is that of the gateway's event loops"
                                + " against a schedule of 20 ms, of which timers make 1 ms.")
                .without(row -> row.stream().skip(2).allMatch(Numbers.UNKNOWN::equals));
    }

    private Table health() {
        return byPoint(
                "What went wrong, all rounds together",
                List.of(
                        "pieces",
                        "late",
                        "dropped",
                        "underruns",
                        "of these the model's",
                        "turns failed",
                        "sessions failed",
                        "callers' lag p99, µs",
                        "model's lag p99, µs",
                        "harness"),
                (label, sessions) -> List.of(
                        sum(label, sessions, Measure.PIECES),
                        sum(label, sessions, Measure.PIECES_LATE),
                        sum(label, sessions, Measure.PIECES_DROPPED),
                        sum(label, sessions, Measure.UNDERRUNS),
                        sum(label, sessions, Measure.UNDERRUNS_UPSTREAM),
                        sum(label, sessions, Measure.TURNS_FAILED),
                        sum(label, sessions, Measure.SESSIONS_FAILED),
                        spread(label, sessions, Measure.LAG_P99_MICROS),
                        spread(label, sessions, Measure.UPSTREAM_LAG_P99_MICROS),
                        harness(label, sessions)),
                "An underrun is a player with a buffer of 100 ms that has nothing to play.");
    }

    private Table knee() {
        List<List<String>> rows = new ArrayList<>();
        for (String label : results.labels()) {
            int holds = 0;
            String broken = "–";
            String why = "";
            for (int sessions : results.sessions()) {
                List<Run> runs = results.runs().stream()
                        .filter(run -> run.label().equals(label) && run.sessions() == sessions)
                        .toList();
                if (runs.isEmpty()) continue;
                List<Run> bad =
                        runs.stream().filter(run -> !run.holds(boundNanos)).toList();
                if (bad.size() * 2 <= runs.size()) {
                    holds = sessions;
                    continue;
                }
                broken = Numbers.text(sessions);
                why = whyBroken(bad.get(0));
                break;
            }
            rows.add(List.of(label, Numbers.text(holds), broken, why));
        }
        return new Table(
                "Where the tail breaks",
                List.of("target", "sessions that hold", "next that do not", "because"),
                rows,
                "Sessions hold where the 99th percentile stays within " + Numbers.time((double) boundNanos)
                        + " and no piece is late or lost, in at least half of the rounds.",
                1);
    }

    private String whyBroken(Run run) {
        String why = run.whyBroken(boundNanos);
        return run.isHarnessOk() ? why : "the harness was too slow: it may hold more. " + run.harnessVerdict();
    }

    private Table contenders() {
        List<List<String>> rows = new ArrayList<>();
        for (String label : results.labels()) {
            rows.add(List.of(
                    label,
                    results.suite(Results.DESCRIPTION + label),
                    results.text(label, Run.VERSION),
                    results.suite(Results.FLAGS + label)));
        }
        results.suiteUnder(Results.LEFT_OUT).forEach((label, why) -> rows.add(List.of(label, why, "", "")));
        return new Table("Who was measured", List.of("target", "what it is", "version", "how"), rows, "", 4);
    }

    private Table byPoint(
            String title, List<String> columns, BiFunction<String, Integer, List<String>> cells, String note) {
        List<String> head =
                Stream.concat(Stream.of("sessions", "target"), columns.stream()).toList();
        List<List<String>> rows = new ArrayList<>();
        for (int sessions : results.sessions()) {
            for (String label : results.labels()) {
                if (results.measured(label, sessions).isEmpty()) continue;
                String mark = results.isHarnessOk(label, sessions) ? "" : " " + TOO_SLOW;
                rows.add(Stream.concat(
                                Stream.of(Numbers.text(sessions), label + mark), cells.apply(label, sessions).stream())
                        .toList());
            }
        }
        return new Table(title, head, rows, note, 2);
    }

    private String spread(String label, int sessions, Measure measure) {
        return results.spread(label, sessions, measure).text();
    }

    private String ratio(String label, int sessions, Measure measure) {
        return results.ratio(label, sessions, measure).text();
    }

    private String sum(String label, int sessions, Measure measure) {
        return Numbers.text(results.sum(label, sessions, measure));
    }

    private String harness(String label, int sessions) {
        if (results.isHarnessOk(label, sessions)) return "kept up";
        return results.measured(label, sessions).stream()
                .filter(run -> !run.isHarnessOk())
                .map(Run::harnessVerdict)
                .filter(verdict -> !verdict.isEmpty())
                .distinct()
                .collect(joining("; ", "too slow: ", ""));
    }

    private String rounds() {
        long rounds = results.rounds();
        return rounds > 1 ? " Median of " + rounds + " rounds (least–greatest)." : "";
    }

    private String tooSlow() {
        boolean all = results.runs().stream().allMatch(Run::isHarnessOk);
        return all ? "" : " " + TOO_SLOW + " the harness was too slow for this point: it measures the harness, too.";
    }
}
