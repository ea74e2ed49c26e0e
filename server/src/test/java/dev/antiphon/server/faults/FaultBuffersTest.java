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
@Timeout(120)
@ExtendWith(NoBufferLeaks.class)
class FaultBuffersTest {
    private static final int AT_ONCE = 16;

    @Test
    void everyBufferIsReleased() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
        try (FaultyModel model = new FaultyModel(FaultyModel.PATIENCE_MILLIS, new Pooling(1, 60_000, 1))) {
            List<Future<?>> turns = new ArrayList<>();
            for (FaultRow row : FaultRow.all()) turns.add(callers.submit(() -> failOnce(model, row)));
            for (Future<?> turn : turns) turn.get(60, TimeUnit.SECONDS);
        } finally {
            callers.shutdownNow();
        }
    }

    private static Void failOnce(FaultyModel model, FaultRow row) throws Exception {
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), "fault:" + row.name())) {
            assertThat(caller.ask().status()).isIn("failed", "completed");
        }
        return null;
    }
}
