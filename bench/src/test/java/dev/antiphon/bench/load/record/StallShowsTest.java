package dev.antiphon.bench.load.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Time is simulated: a relay that takes 200 µs for a piece, and stands still for 50 ms at the end of each second. */
class StallShowsTest {
    private static final long PIECE_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long RELAY_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long RUN_NANOS = 20 * SECOND_NANOS;

    private final LoadRecorder recorder = new LoadRecorder(TimeUnit.MILLISECONDS.toNanos(100));

    @Test
    void aStallOf50MillisEachSecondIsInP99() {
        for (long at = 0; at < RUN_NANOS; at += PIECE_EVERY_NANOS) {
            recorder.recordPiece(arrivalOf(at) - at, false);
        }
        Histogram open = downlink();
        assertThat(open.getValueAtPercentile(99)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(35));
        assertThat(open.getValueAtPercentile(50)).isLessThan(TimeUnit.MILLISECONDS.toNanos(1));
    }

    @Test
    void whoWaitsForThePieceBeforeSeesTheSameStallInMaxAlone() {
        long at = 0;
        while (at < RUN_NANOS) {
            long arrival = arrivalOf(at);
            recorder.recordPiece(arrival - at, false);
            at = Math.max(at + PIECE_EVERY_NANOS, arrival);
        }
        Histogram closed = downlink();
        assertThat(closed.getValueAtPercentile(99)).isLessThan(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(closed.getMaxValue()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(45));
    }

    private static long arrivalOf(long sentNanos) {
        long withinSecond = sentNanos % SECOND_NANOS;
        long stallFrom = SECOND_NANOS - STALL_NANOS;
        long leaves = withinSecond < stallFrom ? sentNanos : sentNanos - withinSecond + SECOND_NANOS;
        return leaves + RELAY_NANOS;
    }

    private Histogram downlink() {
        recorder.interval(Measure.DOWNLINK);
        return recorder.total(Measure.DOWNLINK);
    }
}
