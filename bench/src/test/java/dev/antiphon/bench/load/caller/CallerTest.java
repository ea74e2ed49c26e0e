package dev.antiphon.bench.load.caller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.bench.load.caller.CallerSettings.Protocol;
import dev.antiphon.bench.load.caller.CallerSettings.Turns;
import dev.antiphon.bench.load.caller.CallerSettings.Uplink;
import dev.antiphon.bench.load.caller.ConversationPlan.Span;
import dev.antiphon.bench.load.record.Count;
import dev.antiphon.bench.load.record.CutLedger;
import dev.antiphon.bench.load.record.LoadRecorder;
import dev.antiphon.bench.load.record.Measure;
import dev.antiphon.bench.load.record.RunWindow;
import dev.antiphon.bench.load.stamp.StampedAnswer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Time is turned by hand; frames are due every 20 ms from 0. */
class CallerTest {
    private static final int PIECE_BYTES = 4_800; // 100 ms
    private static final long FRAME = FrameWheel.FRAME_NANOS;
    private static final ConversationPlan PLAN =
            new ConversationPlan(5, new Span(400, 400), new Span(2_000, 2_000), new Span(2_000, 2_000), 0);

    private final LoadRecorder recorder = new LoadRecorder(TimeUnit.MILLISECONDS.toNanos(100));
    private final List<String> said = new ArrayList<>();
    private long nowNanos;
    private long frames;
    private long turnEndedNanos = -1; // when the caller's last turn was meant to end
    private final CallerWire wire = new CallerWire() {
        @Override
        public void sendFrame(int soundFrame) {
            said.add((soundFrame < CallerSound.VOICE_FRAMES ? "voice" : "room") + " at " + nowNanos);
        }

        @Override
        public void endTurn() {
            said.add("end at " + nowNanos);
        }

        @Override
        public void ask() {
            said.add("ask at " + nowNanos);
        }

        @Override
        public void cancel() {
            said.add("cancel at " + nowNanos);
        }
    };

    private Caller newCaller(Turns turns) {
        CallerSettings settings =
                new CallerSettings(Protocol.REALTIME, turns, Uplink.AUDIO, turns == Turns.SERVER_VAD, PLAN);
        RunWindow window = new RunWindow(0, 0, TimeUnit.MINUTES.toNanos(10));
        return new Caller(new Caller.Run(settings, window, recorder, new CutLedger(recorder)), wire, 0);
    }

    private void frame(Caller caller, long latenessNanos) {
        long dueNanos = frames++ * FRAME;
        nowNanos = dueNanos + latenessNanos;
        caller.onDue(dueNanos, nowNanos);
    }

    /** Goes on until the caller has ended a turn. */
    private void untilTurnEnds(Caller caller) {
        CallerSchedule schedule = new CallerSchedule(PLAN, 0);
        for (long at = 0; at < frames; at++) schedule.next();
        do {
            schedule.next();
            frame(caller, 0);
        } while (!schedule.endsTurn());
        turnEndedNanos = (frames - 1) * FRAME;
    }

    private void hear(Caller caller, byte[] pcm, long atNanos) {
        caller.onSound(pcm, 0, pcm.length, atNanos);
    }

    private byte[] wholeAnswer(long answerId, long requestReadNanos, long writtenNanos) {
        return new StampedAnswer(answerId, 2, requestReadNanos)
                .piece(PIECE_BYTES, writtenNanos - 1_000, writtenNanos)
                .piece(PIECE_BYTES, writtenNanos - 1_000, writtenNanos)
                .bytes();
    }

    @Test
    void nothingThatComesBackMovesWhatIsSent() {
        Caller answered = newCaller(Turns.SERVER_VAD);
        for (int i = 0; i < 2_000; i++) {
            frame(answered, 0);
            if (i % 7 == 0) answered.onSpeechStarted(nowNanos);
            if (i % 11 == 0) answered.onSpeechStopped(i * 20L);
            if (i % 5 == 0) hear(answered, wholeAnswer(i + 1, nowNanos, nowNanos), nowNanos);
            if (i % 13 == 0) answered.onAnswerEnded(false, nowNanos);
        }
        List<String> saidToSomebody = List.copyOf(said);
        said.clear();
        frames = 0;
        Caller unanswered = newCaller(Turns.SERVER_VAD);
        for (int i = 0; i < 2_000; i++) frame(unanswered, 0);
        assertThat(said).isEqualTo(saidToSomebody).hasSize(2_000);
    }

    @Test
    void aFrameMoreThan5MillisBehindIsLate() {
        Caller caller = newCaller(Turns.SERVER_VAD);
        frame(caller, 0);
        frame(caller, TimeUnit.MILLISECONDS.toNanos(5));
        frame(caller, TimeUnit.MILLISECONDS.toNanos(5) + 1);
        assertThat(recorder.count(Count.FRAMES_SENT)).isEqualTo(3);
        assertThat(recorder.count(Count.FRAMES_LATE)).isEqualTo(1);
    }

    @Test
    void aPieceIsMeasuredFromItsStampToItsLastByte() {
        Caller caller = newCaller(Turns.MANUAL);
        untilTurnEnds(caller);
        byte[] pcm = wholeAnswer(1, nowNanos, nowNanos);
        caller.onSound(pcm, 0, PIECE_BYTES - 1, nowNanos + 1_000);
        assertThat(recorder.count(Count.PIECES_RECEIVED)).isZero();
        caller.onSound(pcm, PIECE_BYTES - 1, pcm.length, nowNanos + 2_000_000);
        caller.onAnswerEnded(false, nowNanos + 2_000_000);
        assertThat(values(Measure.DOWNLINK)).containsExactly(2_000_000L, 2_000_000L);
        assertThat(values(Measure.FIRST_AUDIO)).containsExactly(2_000_000L);
        assertThat(values(Measure.UPSTREAM_LAG)).containsExactly(1_000L, 1_000L);
        assertCounts(2, 2, 0, 0);
        assertThat(recorder.count(Count.TURNS_COMPLETED)).isEqualTo(1);
    }

    @Test
    void aPieceThatDoesNotComeIsCountedInTheMiddleAndAtTheEnd() {
        Caller caller = newCaller(Turns.MANUAL);
        untilTurnEnds(caller);
        byte[] pcm = new StampedAnswer(1, 5, nowNanos)
                .piece(PIECE_BYTES, nowNanos, nowNanos)
                .skipped()
                .skipped()
                .piece(PIECE_BYTES, nowNanos, nowNanos)
                .bytes();
        hear(caller, pcm, nowNanos);
        assertThat(recorder.count(Count.PIECES_DROPPED)).isEqualTo(2);
        caller.onAnswerEnded(false, nowNanos);
        assertCounts(5, 2, 3, 0);
    }

    @Test
    void aDamagedByteIsNoticedAndItsPieceIsMissing() {
        Caller caller = newCaller(Turns.MANUAL);
        untilTurnEnds(caller);
        byte[] pcm = wholeAnswer(1, nowNanos, nowNanos);
        pcm[1_000] ^= 4;
        hear(caller, pcm, nowNanos);
        caller.onAnswerEnded(false, nowNanos);
        assertCounts(2, 1, 1, 1);
    }

    @Test
    void aPieceBeyondTheBoundIsLate() {
        Caller caller = newCaller(Turns.MANUAL);
        untilTurnEnds(caller);
        hear(caller, wholeAnswer(1, nowNanos, nowNanos), nowNanos + TimeUnit.MILLISECONDS.toNanos(101));
        assertThat(recorder.count(Count.PIECES_LATE)).isEqualTo(2);
    }

    @Test
    void aTurnNobodyAnswersHasFailed() {
        Caller caller = newCaller(Turns.SERVER_VAD);
        untilTurnEnds(caller);
        assertThat(caller.isSettled()).isFalse();
        untilTurnEnds(caller);
        assertThat(recorder.count(Count.TURNS_FAILED)).isEqualTo(1);
        caller.end();
        assertThat(recorder.count(Count.TURNS_FAILED)).isEqualTo(2);
        assertThat(caller.isSettled()).isTrue();
    }

    @Nested
    class Uplinks {
        @Test
        void aTurnEndedByHandIsMeasuredFromTheMomentItWasMeantToEnd() {
            Caller caller = newCaller(Turns.MANUAL);
            untilTurnEnds(caller);
            assertThat(said).contains("end at " + turnEndedNanos);
            hear(caller, wholeAnswer(1, turnEndedNanos + 700_000, nowNanos), nowNanos + 1);
            assertThat(values(Measure.UPLINK)).containsExactly(700_000L);
        }

        @Test
        void aTurnEndedByTheServerIsMeasuredFromTheFrameWithItsLastSample() {
            Caller caller = newCaller(Turns.SERVER_VAD);
            untilTurnEnds(caller);
            for (int i = 0; i < 25; i++) frame(caller, 0);
            long endMillis = (frames - 2) * 20; // the last sample of the frame before the last
            caller.onSpeechStopped(endMillis);
            long frameNanos = (frames - 3) * FRAME;
            hear(caller, wholeAnswer(1, frameNanos + 900_000, nowNanos), nowNanos);
            assertThat(values(Measure.UPLINK)).containsExactly(900_000L);
        }

        @Test
        void whatCannotBeIsCountedAndNotTakenForQuick() {
            Caller caller = newCaller(Turns.SERVER_VAD);
            untilTurnEnds(caller);
            caller.onSpeechStopped((frames + 100) * 20);
            hear(caller, wholeAnswer(1, nowNanos, nowNanos), nowNanos);
            assertThat(values(Measure.UPLINK)).isEmpty();
            assertThat(recorder.count(Count.UPLINKS_IMPOSSIBLE)).isEqualTo(1);
        }
    }

    @Nested
    class BargeIns {
        @Test
        void byHandTheAnswerIsOverWithItsLastWord() {
            Caller caller = newCaller(Turns.MANUAL);
            untilTurnEnds(caller);
            hear(caller, Arrays.copyOf(wholeAnswer(1, nowNanos, nowNanos), 6_000), nowNanos);
            while (said.stream().noneMatch(word -> word.startsWith("cancel"))) frame(caller, 0);
            long cancelNanos = (frames - 1) * FRAME;
            assertThat(said).contains("cancel at " + cancelNanos);
            caller.onAnswerEnded(false, cancelNanos + 300_000);
            assertThat(values(Measure.BARGE_IN)).containsExactly(300_000L);
            assertInterrupted();
        }

        @Test
        void heardByTheServerItIsOverWithTheLastSoundBehindTheFrameThatWasHeard() {
            Caller caller = newCaller(Turns.SERVER_VAD);
            untilTurnEnds(caller);
            byte[] pcm = wholeAnswer(1, nowNanos, nowNanos);
            caller.onSound(pcm, 0, 5_000, nowNanos);
            frame(caller, 0);
            long frameNanos = (frames - 1) * FRAME;
            caller.onSound(pcm, 5_000, 5_500, frameNanos + 400_000);
            caller.onSpeechStarted(frameNanos + 500_000);
            caller.onSound(pcm, 5_500, 6_000, frameNanos + 800_000);
            caller.onAnswerEnded(false, frameNanos + 810_000);
            assertThat(values(Measure.BARGE_IN)).containsExactly(800_000L);
            assertInterrupted();
        }

        @Test
        void whatStillComesOfACutAnswerIsNotTakenForTheNext() {
            Caller caller = newCaller(Turns.MANUAL);
            untilTurnEnds(caller);
            byte[] cut = wholeAnswer(1, nowNanos, nowNanos);
            caller.onSound(cut, 0, PIECE_BYTES, nowNanos);
            untilTurnEnds(caller); // cuts it, and begins the next
            caller.onSound(cut, PIECE_BYTES, cut.length, nowNanos);
            assertThat(recorder.count(Count.PIECES_RECEIVED)).isEqualTo(1);
            hear(caller, wholeAnswer(2, nowNanos, nowNanos), nowNanos);
            caller.onAnswerEnded(false, nowNanos);
            assertThat(recorder.count(Count.TURNS_COMPLETED)).isEqualTo(1);
        }

        private void assertInterrupted() {
            assertCounts(1, 1, 0, 0);
            assertThat(recorder.count(Count.TURNS_INTERRUPTED)).isEqualTo(1);
            assertThat(recorder.count(Count.TURNS_FAILED)).isZero();
        }
    }

    @Test
    void aPlayerThatRunsDryIsTheModelsFaultWhereItWouldRunDryBesideItToo() {
        Caller caller = newCaller(Turns.MANUAL);
        untilTurnEnds(caller);
        long first = nowNanos;
        long second = first + TimeUnit.MILLISECONDS.toNanos(130); // 30 ms of silence by the model's own pace
        byte[] pcm = new StampedAnswer(1, 2, first)
                .piece(PIECE_BYTES, first, first)
                .piece(PIECE_BYTES, second, second)
                .bytes();
        caller.onSound(pcm, 0, PIECE_BYTES, first);
        caller.onSound(pcm, PIECE_BYTES, pcm.length, second + TimeUnit.MILLISECONDS.toNanos(15));
        caller.onAnswerEnded(false, second + TimeUnit.MILLISECONDS.toNanos(20));
        assertThat(recorder.count(Count.UNDERRUNS)).isEqualTo(1);
        assertThat(recorder.count(Count.UNDERRUN_NANOS)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(45));
        assertThat(recorder.count(Count.UNDERRUNS_UPSTREAM)).isEqualTo(1);
        assertThat(recorder.count(Count.UNDERRUN_UPSTREAM_NANOS)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
    }

    private void assertCounts(long expected, long received, long dropped, long broken) {
        assertThat(recorder.count(Count.PIECES_EXPECTED)).as("expected").isEqualTo(expected);
        assertThat(recorder.count(Count.PIECES_RECEIVED)).as("received").isEqualTo(received);
        assertThat(recorder.count(Count.PIECES_DROPPED)).as("dropped").isEqualTo(dropped);
        assertThat(recorder.count(Count.PIECES_BROKEN)).as("broken").isEqualTo(broken);
    }

    /** As far as a histogram of three digits tells them. */
    private List<Long> values(Measure measure) {
        recorder.interval(measure);
        Histogram histogram = recorder.total(measure);
        List<Long> values = new ArrayList<>();
        histogram.recordedValues().forEach(value -> {
            long rounded = Math.round(value.getValueIteratedTo() / 1e4) * 10_000;
            long exact = rounded == 0 ? value.getValueIteratedTo() : rounded;
            for (long i = value.getCountAddedInThisIterationStep(); i > 0; i--) values.add(exact);
        });
        return values;
    }
}
