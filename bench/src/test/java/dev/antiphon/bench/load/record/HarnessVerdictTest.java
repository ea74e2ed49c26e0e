package dev.antiphon.bench.load.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class HarnessVerdictTest {
    private static final Histogram QUICK = of(TimeUnit.MICROSECONDS.toNanos(900));
    private static final Histogram SLOW = of(TimeUnit.MILLISECONDS.toNanos(3));

    @Test
    void aHarnessThatKeptItsScheduleIsOk() {
        assertThat(HarnessVerdict.of(QUICK, QUICK, 100_000, 100).isOk()).isTrue();
    }

    @Test
    void aHarnessThatLagsSaysSo() {
        HarnessVerdict verdict = HarnessVerdict.of(SLOW, QUICK, 100_000, 0);
        assertThat(verdict.isOk()).isFalse();
        assertThat(verdict.text()).startsWith("the harness was too slow: ").contains("3.0");
    }

    @Test
    void soDoesOneWhoseModelLags() {
        assertThat(HarnessVerdict.of(QUICK, SLOW, 100_000, 0).isOk()).isFalse();
    }

    @Test
    void soDoesOneWithMoreThanOneLateFrameInAThousand() {
        assertThat(HarnessVerdict.of(QUICK, QUICK, 100_000, 101).isOk()).isFalse();
    }

    @Test
    void oneLateTickInAHundredIsAllowed() {
        Histogram mostly = of(1_000);
        for (int i = 0; i < 999; i++) mostly.recordValue(1_000);
        mostly.recordValue(TimeUnit.MILLISECONDS.toNanos(40));
        assertThat(HarnessVerdict.of(mostly, QUICK, 1, 0).isOk()).isTrue();
    }

    private static Histogram of(long nanos) {
        Histogram histogram = new Histogram(3);
        histogram.recordValue(nanos);
        return histogram;
    }
}
