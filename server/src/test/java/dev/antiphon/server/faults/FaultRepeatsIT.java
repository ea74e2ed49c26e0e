package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A fault that comes again and again leaves nothing behind: no session, connection, timer, file descriptor or buffer. Ten
 * times each, or as often as {@code -Dantiphon.faults.repeats=100} says.
 */
@Timeout(600)
class FaultRepeatsIT {
    private static final int REPEATS = Integer.getInteger("antiphon.faults.repeats", 10);
    private static final int AT_ONCE = 32;
    private static final int PATIENCE_MILLIS = 400;
    /** The allocator takes megabytes at a time; buffers are counted one by one in {@link FaultBuffersTest}. */
    private static final long SPARE_BYTES = 32 << 20;

    private static final String QUESTION = "say: Yes.";

    private final ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);

    @Test
    void nothingIsLeftBehind() throws Exception {
        // As many connections are kept as are warm: how many calls ran at once must not show.
        try (FaultyModel model = FaultyModel.ofMany(PATIENCE_MILLIS, new Pooling(1, 60_000, 1))) {
            // Twice, so that every pool and cache has grown to what such a load needs.
            for (int i = 0; i < 2; i++) for (FaultRow row : FaultRow.all()) fail(model, row, AT_ONCE);
            Baseline before = rest(model);
            assertThat(before.channels()).as("listeners at least").isPositive();
            assertThat(before.timers()).as("those of warm connections at least").isPositive();
            for (FaultRow row : FaultRow.all()) {
                fail(model, row, REPEATS);
                await(row.toString())
                        .atMost(Duration.ofSeconds(10))
                        .untilAsserted(() -> before.requireNothingMoreIn(Baseline.of(model.gateways())));
            }
            Baseline after = Baseline.of(model.gateways());
            assertThat(after.directBytes())
                    .as("bytes of buffers, at rest %s, now %s", before, after)
                    .isLessThanOrEqualTo(before.directBytes() + SPARE_BYTES);
        } finally {
            callers.shutdownNow();
        }
    }

    private void fail(FaultyModel model, FaultRow row, int times) throws Exception {
        List<Future<?>> turns = new ArrayList<>();
        for (int i = 0; i < times; i++) turns.add(callers.submit(() -> failOnce(model, row)));
        for (Future<?> turn : turns) turn.get(60, TimeUnit.SECONDS);
    }

    /** One session, one turn, to its end whatever it is. */
    private static Void failOnce(FaultyModel model, FaultRow row) throws Exception {
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), "fault:" + row.name())) {
            assertThat(caller.ask(QUESTION).status()).isIn("failed", "completed");
            caller.requireNoSecrets();
        }
        return null;
    }

    /** Waits until nothing changes any more. */
    private static Baseline rest(FaultyModel model) throws Exception {
        Baseline[] last = {Baseline.of(model.gateways())};
        await().pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    Baseline now = Baseline.of(model.gateways());
                    boolean isAtRest = now.sessions() == 0
                            && now.channels() == last[0].channels()
                            && now.timers() == last[0].timers()
                            && now.descriptors() == last[0].descriptors();
                    last[0] = now;
                    return isAtRest;
                });
        return last[0];
    }
}
