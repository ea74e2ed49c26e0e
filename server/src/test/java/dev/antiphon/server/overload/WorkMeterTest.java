package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
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
        AtomicBoolean isOver = new AtomicBoolean();
        Thread other = new Thread(() -> {
            while (!isOver.get()) Thread.onSpinWait();
        });
        try (WorkMeter meter = WorkMeter.ofThisThread()) {
            long before = meter.workedNanos();
            long startNanos = System.nanoTime();
            other.start();
            other.join(200);
            isOver.set(true);
            other.join();
            assertThat(meter.workedNanos() - before).isLessThan((System.nanoTime() - startNanos) / 2);
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
