package dev.antiphon.server.overload;

import static dev.antiphon.server.overload.LoopLoad.EXPECTATION_HALF_LIFE_NANOS;
import static dev.antiphon.server.overload.LoopLoad.HALF_LIFE_NANOS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LoopLoadTest {
    private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LONG = 20 * HALF_LIFE_NANOS; // the mean is what it was of late
    private static final Offset<Double> CLOSE = within(0.001);

    private final LoopLoad load = new LoopLoad(10);
    private long nowNanos = Long.MAX_VALUE - 3 * PERIOD; // a clock may wrap
    private long workedNanos = TimeUnit.HOURS.toNanos(7);

    LoopLoadTest() {
        load.resume(nowNanos, workedNanos);
    }

    private void work(double share, long forNanos) {
        for (long i = 0; i < forNanos / PERIOD; i++) {
            nowNanos += PERIOD;
            workedNanos += (long) (share * PERIOD);
            load.onMeasured(nowNanos, workedNanos);
        }
    }

    private void speak(int guests) {
        for (int i = 0; i < guests; i++) load.onSpeaking();
    }

    private void open(int guests) {
        for (int i = 0; i < guests; i++) load.onOpened(nowNanos);
    }

    @Test
    void theShareIsAMeanOfTheLastSeconds() {
        work(0.4, LONG);
        assertThat(load.share()).isEqualTo(0.4, CLOSE);
        work(0.8, HALF_LIFE_NANOS);
        assertThat(load.share()).isEqualTo(0.6, CLOSE);
        work(0, HALF_LIFE_NANOS);
        assertThat(load.share()).isEqualTo(0.3, CLOSE);
    }

    @Test
    void thoseWhoHaveYetToSpeakAreExpectedToCostWhatTheOthersDo() {
        speak(100);
        work(0.2, LONG);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.2, CLOSE);
        open(250);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.7, CLOSE);
        assertThat(load.share()).isEqualTo(0.2, CLOSE);
    }

    @Test
    void theForecastStaysWhileACrowdBeginsToSpeakAndIsTheShareInTheEnd() {
        speak(100);
        work(0.2, LONG);
        open(200);
        long openedNanos = nowNanos;
        for (int i = 0; i < 200; i++) load.onNoLongerSilent(openedNanos, nowNanos);
        speak(200);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.6, CLOSE);
        for (int i = 0; i < 40; i++) {
            work(0.6, HALF_LIFE_NANOS / 4);
            assertThat(load.forecast(nowNanos)).isEqualTo(0.6, within(0.01));
        }
        assertThat(load.share()).isEqualTo(0.6, CLOSE);
    }

    @Test
    void aGuestWhoStaysSilentIsExpectedToSpeakLessAndLess() {
        speak(100);
        work(0.1, LONG);
        open(400);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.5, CLOSE);
        assertThat(load.forecast(nowNanos + EXPECTATION_HALF_LIFE_NANOS)).isEqualTo(0.3, CLOSE);
        assertThat(load.forecast(nowNanos + 20 * EXPECTATION_HALF_LIFE_NANOS)).isEqualTo(0.1, CLOSE);
    }

    @Test
    void whoLeavesOrSpeaksTakesAsMuchOfTheExpectationAlongAsIsLeftOfHis() {
        speak(100);
        work(0.1, LONG);
        long openedNanos = nowNanos;
        open(400);
        work(0.1, EXPECTATION_HALF_LIFE_NANOS);
        for (int i = 0; i < 400; i++) load.onNoLongerSilent(openedNanos, nowNanos);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.1, CLOSE);
    }

    @Test
    void ofTooFewNothingIsForetold() {
        speak(9);
        work(0.5, LONG);
        open(1_000);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.5, CLOSE);
    }

    @Test
    void whatOneCostIsRememberedWhenAllHaveGone() {
        speak(100);
        work(0.2, LONG);
        for (int i = 0; i < 100; i++) load.onSpeakerLeft();
        work(0, LONG);
        open(200);
        assertThat(load.forecast(nowNanos)).isEqualTo(0.4, within(0.02));
    }

    @Test
    void aLoopThatIsNotMeasuredExpectsNothing() {
        speak(100);
        work(0.2, LONG);
        open(1_000);
        load.suspend();
        assertThat(load.forecast(nowNanos)).isZero();
        assertThat(load.isDue(nowNanos + LONG)).isFalse();
    }

    @Test
    void timeThatWasNotMeasuredIsNobodys() {
        load.suspend();
        load.resume(nowNanos + LONG, workedNanos + LONG);
        nowNanos += LONG;
        workedNanos += LONG;
        work(0, PERIOD);
        assertThat(load.share()).isZero();
    }
}
