package dev.antiphon.server.overload;

import static dev.antiphon.server.overload.LoopLag.HALF_LIFE_NANOS;
import static dev.antiphon.server.overload.LoopLag.PERIOD_NANOS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopLagTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long CEILING = 40 * MILLI;

    private final LoopLag lag = new LoopLag(CEILING);
    private long nowNanos = Long.MAX_VALUE - 3 * PERIOD_NANOS; // a clock may wrap

    LoopLagTest() {
        lag.resume(nowNanos);
    }

    /** For so long, each moment is kept late by so much. */
    private void run(long forNanos, long lateNanos) {
        for (long i = 0; i < forNanos / PERIOD_NANOS; i++) {
            nowNanos = lag.dueNanos() + lateNanos;
            assertThat(lag.onRun(nowNanos)).isEqualTo(lateNanos);
        }
    }

    private void standStill(long forNanos) {
        nowNanos += forNanos;
        lag.onRun(nowNanos);
    }

    @Test
    void aLoopOnTimeHasNone() {
        run(HALF_LIFE_NANOS, 0);
        assertThat(lag.lagNanos(nowNanos)).isZero();
    }

    @Test
    void aLoopThatIsAlwaysLateByFiveMillisecondsHasFive() {
        run(10 * HALF_LIFE_NANOS, 5 * MILLI);
        assertThat(lag.lagNanos(nowNanos)).isCloseTo(5 * MILLI, within(MILLI / 50));
    }

    @Test
    void whatAHalfLifeAgoWasCountsHalf() {
        run(10 * HALF_LIFE_NANOS, 8 * MILLI);
        run(HALF_LIFE_NANOS, 0);
        assertThat(lag.lagNanos(nowNanos)).isCloseTo(4 * MILLI, within(MILLI / 50));
        run(HALF_LIFE_NANOS, 0);
        assertThat(lag.lagNanos(nowNanos)).isCloseTo(2 * MILLI, within(MILLI / 50));
    }

    @Test
    void aSingleShortPauseHardlyShows() {
        run(HALF_LIFE_NANOS, 0);
        standStill(PERIOD_NANOS + 5 * MILLI);
        assertThat(lag.lagNanos(nowNanos)).isLessThan(MILLI / 5);
    }

    @Test
    void ofAStandstillEachMomentIsLateByItsOwnAmount() {
        LoopLag unbounded = new LoopLag(Long.MAX_VALUE);
        unbounded.resume(0);
        assertThat(unbounded.onRun(3 * PERIOD_NANOS)).isEqualTo(2 * PERIOD_NANOS);
        double kept = Math.pow(0.5, (double) PERIOD_NANOS / HALF_LIFE_NANOS);
        double expected = (2 * PERIOD_NANOS * kept + PERIOD_NANOS) * kept * (1 - kept);
        assertThat((double) unbounded.lagNanos(3 * PERIOD_NANOS)).isCloseTo(expected, within(1.0));
        assertThat(unbounded.dueNanos()).isEqualTo(4 * PERIOD_NANOS);
    }

    @Test
    void oneStandstillTakesAHalfLifeToBeHalfTheCeiling() {
        standStill(HALF_LIFE_NANOS / 2);
        assertThat(lag.lagNanos(nowNanos)).isLessThan(CEILING / 3);
        standStill(HALF_LIFE_NANOS);
        assertThat(lag.lagNanos(nowNanos)).isGreaterThan(CEILING / 2).isLessThan(CEILING);
    }

    @Test
    void howeverLongAStandstillWasItIsForgottenAsFast() {
        standStill(TimeUnit.HOURS.toNanos(9));
        assertThat(lag.lagNanos(nowNanos)).isLessThanOrEqualTo(CEILING);
        run(10 * HALF_LIFE_NANOS, 0);
        assertThat(lag.lagNanos(nowNanos)).isLessThan(CEILING / 1_000);
    }

    @Test
    void whatIsDueCountsBeforeTheLoopComesRoundToIt() {
        long asked = lag.lagNanos(nowNanos + HALF_LIFE_NANOS);
        assertThat(asked).isGreaterThan(CEILING / 3);
        assertThat(lag.lagNanos(nowNanos)).isZero();
        standStill(HALF_LIFE_NANOS);
        assertThat(lag.lagNanos(nowNanos)).isEqualTo(asked);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50})
    void howOftenTheLoopComesRoundChangesNothing(int turns) {
        for (int i = 0; i < turns; i++) {
            nowNanos += PERIOD_NANOS / turns;
            lag.onRun(nowNanos);
        }
        long due = lag.dueNanos();
        assertThat(lag.onRun(due - 1)).isNegative();
        lag.onRun(due + 7 * MILLI);
        assertThat(lag.dueNanos()).isEqualTo(due + PERIOD_NANOS);
    }

    @Test
    void aTimeWithoutWorkCountsAsOnTime() {
        run(10 * HALF_LIFE_NANOS, 8 * MILLI);
        nowNanos += HALF_LIFE_NANOS;
        lag.resume(nowNanos);
        assertThat(lag.lagNanos(nowNanos)).isCloseTo(4 * MILLI, within(MILLI / 5));
        assertThat(lag.dueNanos()).isEqualTo(nowNanos + PERIOD_NANOS);
    }
}
