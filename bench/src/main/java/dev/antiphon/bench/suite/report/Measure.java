package dev.antiphon.bench.suite.report;

import dev.antiphon.bench.suite.report.Run.Log;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * A number of a run, with its unit in its name.
 *
 * <p>Threading: immutable.
 */
enum Measure {
    P50_MICROS(percentile(Log.DOWNLINK, 50)),
    P90_MICROS(percentile(Log.DOWNLINK, 90)),
    P99_MICROS(percentile(Log.DOWNLINK, 99)),
    P99_9_MICROS(percentile(Log.DOWNLINK, 99.9)),
    P99_99_MICROS(percentile(Log.DOWNLINK, 99.99)),
    MAX_MICROS(percentile(Log.DOWNLINK, 100)),
    FIRST_AUDIO_P50_MICROS(percentile(Log.FIRST_AUDIO, 50)),
    FIRST_AUDIO_P99_MICROS(percentile(Log.FIRST_AUDIO, 99)),
    UPLINK_P50_MICROS(percentile(Log.UPLINK, 50)),
    UPLINK_P99_MICROS(percentile(Log.UPLINK, 99)),
    BARGE_IN_P50_MICROS(percentile(Log.BARGE_IN, 50)),
    BARGE_IN_P99_MICROS(percentile(Log.BARGE_IN, 99)),
    LAG_P99_MICROS(percentile(Log.LAG, 99)),
    UPSTREAM_LAG_P99_MICROS(percentile(Log.UPSTREAM_LAG, 99)),
    OWN_REQUEST_P50_MICROS(percentile(Log.GATEWAY_REQUEST, 50)),
    OWN_REQUEST_P99_MICROS(percentile(Log.GATEWAY_REQUEST, 99)),
    OWN_FIRST_AUDIO_P50_MICROS(percentile(Log.GATEWAY_FIRST_AUDIO, 50)),
    OWN_FIRST_AUDIO_P99_MICROS(percentile(Log.GATEWAY_FIRST_AUDIO, 99)),
    OWN_CANCEL_P50_MICROS(percentile(Log.GATEWAY_CANCEL, 50)),
    OWN_CANCEL_P99_MICROS(percentile(Log.GATEWAY_CANCEL, 99)),
    LOOP_LAG_P50_MICROS(percentile(Log.GATEWAY_LOOP_LAG, 50)),
    LOOP_LAG_P99_MICROS(percentile(Log.GATEWAY_LOOP_LAG, 99)),
    LOOP_LAG_MAX_MICROS(percentile(Log.GATEWAY_LOOP_LAG, 100)),

    CPU_PER_PIECE_MICROS(run -> run.number("cpu.gateway.seconds") * 1e6 / run.number("pieces.received")),
    CPU_PER_SESSION_SECOND_MILLIS(run -> run.number("cpu.gateway.seconds") * 1e3 / run.number("session.seconds")),
    CPU_OF_A_CORE_PERCENT(run -> run.number("cpu.gateway.seconds") * 100 / run.number("seconds")),
    IDLE_SESSION_KB(run -> bytesASession(run, "rss.gateway.connected.bytes") / 1024),
    SPEAKING_SESSION_KB(run -> bytesASession(run, "rss.gateway.bytes") / 1024),

    PIECES(run -> run.number("pieces.received")),
    PIECES_DROPPED(run -> run.number("pieces.dropped")),
    PIECES_LATE(run -> run.number("pieces.late")),
    LATE_PER_MILLION(run ->
            (run.number("pieces.late") + orNone(run.number("pieces.dropped"))) * 1e6 / run.number("pieces.expected")),
    UNDERRUNS(run -> run.number("underruns")),
    UNDERRUNS_UPSTREAM(run -> run.number("underruns.upstream")),
    UNDERRUNS_PER_SESSION_HOUR(run -> run.number("underruns") * 3_600 / run.number("session.seconds")),
    TURNS(run -> run.number("turns.completed")),
    TURNS_FAILED(run -> run.number("turns.failed")),
    SESSIONS_FAILED(run -> run.number("sessions.failed"));

    private final ToDoubleFunction<Run> of;

    Measure(ToDoubleFunction<Run> of) {
        this.of = of;
    }

    /** @return NaN: nobody measured it */
    double of(Run run) {
        double value = of.applyAsDouble(run);
        return Double.isInfinite(value) ? Double.NaN : value;
    }

    private static ToDoubleFunction<Run> percentile(Log log, double percentile) {
        return run -> {
            Histogram histogram = run.log(log);
            return histogram.getTotalCount() == 0 ? Double.NaN : histogram.getValueAtPercentile(percentile) / 1e3;
        };
    }

    private static double bytesASession(Run run, String key) {
        return (run.number(key) - run.number("rss.gateway.idle.bytes")) / run.sessions();
    }

    private static double orNone(double value) {
        return Double.isNaN(value) ? 0 : value;
    }
}
