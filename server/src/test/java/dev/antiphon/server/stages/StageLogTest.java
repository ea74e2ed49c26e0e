package dev.antiphon.server.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.metrics.Stage;
import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ResponseSnapshot.Identity;
import dev.antiphon.session.ResponseSnapshot.Outcome;
import dev.antiphon.session.SessionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageLogTest {
    private static final long MICRO = 1_000;
    private static final long START_UNIX_MILLIS = 1_800_000_000_000L;
    private static final ResponseSnapshot DONE = new ResponseSnapshot(
            new Identity("resp_1", null, Map.of()),
            Outcome.COMPLETED,
            List.of(),
            SessionSettings.defaults("gpt-realtime", "alloy"),
            null);

    private final ShareRecorder shares = new ShareRecorder();

    private static TurnTimeline heardTurn() {
        TurnTimeline turn = new TurnTimeline();
        turn.mark(Stage.TURN_DECIDED, 0);
        turn.mark(Stage.REQUEST_WRITTEN, 200 * MICRO);
        turn.mark(Stage.FIRST_UPSTREAM_BYTE, 300_000 * MICRO);
        turn.mark(Stage.FIRST_AUDIO_BYTES, 500_000 * MICRO);
        turn.mark(Stage.FIRST_AUDIO_DELTA, 500_020 * MICRO);
        turn.mark(Stage.FIRST_FRAME_WRITTEN, 500_100 * MICRO);
        return turn;
    }

    private static void assertOnly(long nanos, Histogram counted) {
        assertThat(counted.getTotalCount()).isOne();
        assertThat(counted.getMaxValue()).isCloseTo(nanos, within(nanos / 100));
    }

    @Test
    void ofATurnThoseTimesCountInWhichNobodyElseIsWaitedFor() {
        shares.onTurnEnded(DONE, heardTurn());
        assertOnly(200 * MICRO, shares.take(Share.REQUEST));
        assertOnly(100 * MICRO, shares.take(Share.FIRST_AUDIO));
        assertThat(shares.take(Share.CANCEL).getTotalCount()).isZero();
    }

    @Test
    void anAnswerThatIsCutCountsOnceItHasBeenFlushed() {
        TurnTimeline cut = heardTurn();
        cut.mark(Stage.CANCELLED, 900_000 * MICRO);
        shares.onTurnEnded(DONE, cut);
        assertThat(shares.take(Share.CANCEL).getTotalCount()).isZero();
        cut.mark(Stage.CANCEL_FLUSHED, 900_050 * MICRO);
        shares.onCancelFlushed(cut);
        assertOnly(50 * MICRO, shares.take(Share.CANCEL));
        assertOnly(200 * MICRO, shares.take(Share.REQUEST));
    }

    @Test
    void aStageThatWasNotReachedCountsNothing() {
        TurnTimeline unanswered = new TurnTimeline();
        unanswered.mark(Stage.TURN_DECIDED, 0);
        shares.onTurnEnded(DONE, unanswered);
        assertThat(shares.take(Share.REQUEST).getTotalCount()).isZero();
        assertThat(shares.take(Share.FIRST_AUDIO).getTotalCount()).isZero();
    }

    @Test
    void theLogHoldsWhatWasCountedUntilItWasClosed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("deeper/stages.hlog");
        Histogram lateness = new Histogram(2);
        lateness.recordValue(3_000 * MICRO);
        InstantSource clock = InstantSource.fixed(Instant.ofEpochMilli(START_UNIX_MILLIS));
        try (StageLog log = StageLog.open(file, clock)) {
            log.start(() -> {
                Histogram taken = lateness.copy();
                lateness.reset();
                return taken;
            });
            log.observer().onTurnEnded(DONE, heardTurn());
        }
        Map<String, Histogram> read = new HashMap<>();
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            for (EncodableHistogram next = reader.nextIntervalHistogram();
                    next != null;
                    next = reader.nextIntervalHistogram()) {
                assertThat(next.getStartTimeStamp()).isEqualTo(START_UNIX_MILLIS);
                read.put(next.getTag(), (Histogram) next);
            }
        }
        assertThat(read).containsOnlyKeys("request", "first-audio", "loop-lag");
        assertThat(read.get("loop-lag"))
                .satisfies(lag -> assertThat(lag.getMaxValue()).isCloseTo(3_000 * MICRO, within(30 * MICRO)));
        assertThat(read.get("request"))
                .satisfies(request -> assertThat(request.getTotalCount()).isOne());
    }
}
