package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.report.Run;
import dev.antiphon.time.NanoClock;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Measures point after point as the schedule says. A point that fails is marked as such; the others are measured.
 *
 * <p>Threading: confined to its caller.
 */
final class Suite {
    private final PointRunner runner;
    private final Schedule schedule;
    private final Progress progress;
    private final long boundNanos;
    private final int coolDownSeconds;

    /**
     * @param boundNanos the 99th percentile above which a number of sessions no longer holds
     * @param coolDownSeconds between two points
     */
    Suite(PointRunner runner, Schedule schedule, Progress progress, long boundNanos, int coolDownSeconds) {
        this.runner = runner;
        this.schedule = schedule;
        this.progress = progress;
        this.boundNanos = boundNanos;
        this.coolDownSeconds = coolDownSeconds;
    }

    /** @return how many points failed */
    int measureAll() throws IOException, InterruptedException {
        int failed = 0;
        for (Point point = schedule.next(); point != null; point = schedule.next()) {
            long startNanos = NanoClock.SYSTEM.nanoTime();
            Run run = runner.measure(point);
            if (!run.isMeasured()) failed++;
            schedule.onMeasured(point, run.holds(boundNanos));
            int left = schedule.left();
            if (left > 0) coolDown();
            progress.onMeasured(point, run, NanoClock.SYSTEM.nanoTime() - startNanos, left);
        }
        return failed;
    }

    private void coolDown() throws InterruptedException {
        boolean never = new CountDownLatch(1).await(coolDownSeconds, TimeUnit.SECONDS);
        assert !never;
    }
}
