package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkMeterTest {
    @Test
    @Timeout(60)
    void aThreadThatWorksIsSeenToWork() {
        try (WorkMeter meter = WorkMeter.ofThisThread()) {
            long before = meter.workedNanos();
            long sum = 0;
            long after = before;
            while (after == before) {
                for (int i = 0; i < 1_000_000; i++) sum += i;
                after = meter.workedNanos();
            }
            assertThat(sum).isPositive();
            assertThat(after).isGreaterThan(before);
        }
    }

    @Test
    @Timeout(60)
    void whatAnotherThreadWorksIsNotCounted() throws Exception {
        AtomicLong workedElsewhereNanos = new AtomicLong();
        Thread other = new Thread(() -> workedElsewhereNanos.set(workFor(TimeUnit.MILLISECONDS.toNanos(300))));
        try (WorkMeter meter = WorkMeter.ofThisThread()) {
            long before = meter.workedNanos();
            other.start();
            other.join();
            assertThat(meter.workedNanos() - before).isLessThan(workedElsewhereNanos.get());
        }
    }

    /** @return what the meter says of it */
    private static long workFor(long nanos) {
        try (WorkMeter meter = WorkMeter.ofThisThread()) {
            long before = meter.workedNanos();
            while (meter.workedNanos() - before < nanos) Thread.onSpinWait();
            return meter.workedNanos() - before;
        }
    }

    @Test
    void aMeterThatIsClosedKeepsItsLastFigure() {
        WorkMeter meter = WorkMeter.ofThisThread();
        long last = meter.workedNanos();
        meter.close();
        assertThat(meter.workedNanos()).isGreaterThanOrEqualTo(last);
    }
}
