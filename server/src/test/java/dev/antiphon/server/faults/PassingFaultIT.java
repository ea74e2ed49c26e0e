package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.conformance.SpokenAnswer;
import dev.antiphon.server.faults.FaultRow.Again;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults that pass: a model that fails once is asked once more where that can do no harm, and the client hears one answer,
 * once.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PassingFaultIT {
    private final AtomicInteger runs = new AtomicInteger();
    private FaultyModel model;
    private byte[] whole;

    @BeforeAll
    void start() throws IOException {
        // A connection that was kept and proves dead is no fault: its request is sent again, unheard and uncounted.
        model = new FaultyModel(new Pooling(1, 1, 0));
        try (FaultCaller caller = new FaultCaller(model.patient(), "gpt-realtime")) {
            whole = caller.ask().sound().toByteArray();
        }
    }

    @AfterAll
    void stop() {
        model.close();
    }

    static Stream<FaultRow> askedAgain() {
        return FaultRow.all().stream().filter(row -> row.again() == Again.ONCE);
    }

    static Stream<FaultRow> neverAskedAgain() {
        return FaultRow.thatFail().filter(row -> row.again() == Again.NEVER);
    }

    @ParameterizedTest
    @MethodSource("askedAgain")
    void aFaultThatPassesIsNotHeardOf(FaultRow row) throws Exception {
        String name = modelName(row, 1);
        try (FaultCaller caller = new FaultCaller(model.patient(), name)) {
            SpokenAnswer answer = caller.ask();
            assertThat(answer.status()).isEqualTo("completed");
            assertThat(answer.transcript()).isEqualTo(FaultCaller.ANSWER);
            assertThat(answer.sound().toByteArray()).as("the answer, once").isEqualTo(whole);
            assertThat(model.twin().requestsFor(name)).isEqualTo(2);
            caller.requireLiveSession();
            caller.requireNoSecrets();
        }
    }

    @ParameterizedTest
    @MethodSource("askedAgain")
    void aFaultThatStaysIsHeardOfAfterTwoRequests(FaultRow row) throws Exception {
        String name = modelName(row, 1_000);
        try (FaultCaller caller = new FaultCaller(model.patient(), name)) {
            assertThat(caller.ask().status()).isEqualTo("failed");
            assertThat(model.twin().requestsFor(name)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("neverAskedAgain")
    void otherFaultsAreHeardOfAtOnce(FaultRow row) throws IOException {
        String name = modelName(row, 1);
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), name)) {
            assertThat(caller.ask().status()).isEqualTo("failed");
            assertThat(model.twin().requestsFor(name)).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keepalive-only", "silent-audio"})
    void whatIsNotSoundDoesNotPutOffTheFirstSound(String name) throws Exception {
        FaultRow row = FaultRow.of(name);
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), modelName(row, 1_000))) {
            SpokenAnswer answer = caller.ask();
            assertThat(answer.status()).isEqualTo("failed");
            assertThat(answer.done().text("response", "status_details", "error", "code"))
                    .isEqualTo("upstream_timeout");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"401", "401-echoes-key", "429-quota"})
    void noAddressOfTheProviderIsPassedOn(String name) throws Exception {
        FaultRow row = FaultRow.of(name);
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), modelName(row, 1_000))) {
            assertThat(caller.ask().done().text("response", "status_details", "error", "message"))
                    .doesNotContain("http", "openai.com");
        }
    }

    private String modelName(FaultRow row, int times) {
        return "fault:" + row.name() + "@" + times + "#" + runs.incrementAndGet();
    }
}
