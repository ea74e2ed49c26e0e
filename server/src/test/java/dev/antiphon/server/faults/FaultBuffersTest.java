package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.testing.NoBufferLeaks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever the fault, each buffer of the gateway and of the model is released: counted one by one, not by their sum. */
@Timeout(600)
@ExtendWith(NoBufferLeaks.class)
class FaultBuffersTest {
    private static final int REPEATS = Integer.getInteger("antiphon.faults.repeats", 1);
    private static final int AT_ONCE = 16;
    private static final int PATIENCE_MILLIS = 400;

    @Test
    void everyBufferIsReleased() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
        try (FaultyModel model = FaultyModel.ofMany(PATIENCE_MILLIS, new Pooling(1, 60_000, 1))) {
            List<Future<?>> turns = new ArrayList<>();
            for (FaultRow row : FaultRow.all()) {
                for (int i = 0; i < REPEATS; i++) turns.add(callers.submit(() -> failOnce(model, row)));
            }
            for (Future<?> turn : turns) turn.get(300, TimeUnit.SECONDS);
        } finally {
            callers.shutdownNow();
        }
    }

    private static Void failOnce(FaultyModel model, FaultRow row) throws Exception {
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), "fault:" + row.name())) {
            assertThat(caller.ask("say: Yes.").status()).isIn("failed", "completed");
        }
        return null;
    }
}
