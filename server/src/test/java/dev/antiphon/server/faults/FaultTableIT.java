package dev.antiphon.server.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.conformance.SpokenAnswer;
import dev.antiphon.server.twin.Twin;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault that the twin has, as a client of the gateway hears it: one typed end of the turn, what was played before it
 * stays, nothing comes twice, nothing of the provider's shows, and the session goes on.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultTableIT {
    private final AtomicInteger runs = new AtomicInteger();
    private FaultyModel model;
    private byte[] whole;

    @BeforeAll
    void start() throws IOException {
        model = new FaultyModel();
        try (FaultCaller caller = new FaultCaller(model.patient(), "gpt-realtime")) {
            SpokenAnswer answer = caller.ask();
            assertThat(answer.status()).isEqualTo("completed");
            whole = answer.sound().toByteArray();
        }
    }

    @AfterAll
    void stop() {
        model.close();
    }

    @Test
    void everyFaultOfTheTwinIsInTheTable() {
        assertThat(FaultRow.all().stream().map(FaultRow::name))
                .containsExactlyInAnyOrderElementsOf(Twin.faults().keySet());
    }

    static Stream<FaultRow> failing() {
        return FaultRow.thatFail();
    }

    static Stream<FaultRow> harmless() {
        return FaultRow.thatDoNotFail();
    }

    @ParameterizedTest
    @MethodSource("failing")
    void aFaultEndsTheTurnAndTheNextOneIsAnswered(FaultRow row) throws IOException {
        String name = modelName(row, row.mostRequestsOfATurn());
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), name)) {
            requireFailure(caller, row, caller.ask());
            int requests = model.twin().requestsFor(name);
            assertThat(requests).as("requests of one turn").isBetween(1, row.mostRequestsOfATurn());
            // Not every gateway asks again; then the second fault is the next turn's.
            if (requests < row.mostRequestsOfATurn()) requireFailure(caller, row, caller.ask());
            requireWhole(caller.ask());
            caller.requireLiveSession();
            caller.requireNoSecrets();
        }
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void aFaultThatCanBeLivedWithChangesNothing(FaultRow row) throws IOException {
        String name = modelName(row, 1);
        try (FaultCaller caller = new FaultCaller(model.gatewayFor(row), name)) {
            SpokenAnswer answer = caller.ask();
            assertThat(answer.status()).isEqualTo("completed");
            assertThat(answer.transcript()).isEqualTo(FaultCaller.ANSWER);
            assertThat(answer.sound().toByteArray())
                    .isEqualTo(row.sound() == FaultRow.Sound.WHOLE ? whole : new byte[0]);
            assertThat(model.twin().requestsFor(name)).isOne();
            requireWhole(caller.ask());
            caller.requireLiveSession();
            caller.requireNoSecrets();
        }
    }

    private void requireFailure(FaultCaller caller, FaultRow row, SpokenAnswer answer) throws IOException {
        FaultRow.Failure error = errorOf(row);
        assertThat(answer.status()).isEqualTo("failed");
        assertThat(answer.done().text("response", "status_details", "type")).isEqualTo("failed");
        assertThat(answer.done().text("response", "status_details", "error", "type"))
                .isEqualTo(error.type());
        assertThat(answer.done().at("response", "status_details", "error", "code"))
                .isEqualTo(error.code());
        assertThat(answer.done().text("response", "status_details", "error", "message"))
                .contains(error.words());
        switch (row.sound()) {
            case NONE -> requireSilence(row, answer);
            case SOME -> {
                FaultCaller.requireBeginning(answer, whole);
                assertThat(FaultCaller.ANSWER).startsWith(answer.transcript().strip());
                assertThat(answer.done().text("response", "output", 0, "status"))
                        .isEqualTo("incomplete");
                caller.truncate(answer.itemId(), 300);
            }
            case WHOLE -> throw new IllegalStateException("sound: " + row.sound());
        }
    }

    private static void requireSilence(FaultRow row, SpokenAnswer answer) {
        for (byte octet : answer.sound().toByteArray()) assertThat(octet).isZero();
        if (!row.name().equals("silent-audio"))
            assertThat(answer.done().list("response", "output")).isEmpty();
    }

    private void requireWhole(SpokenAnswer answer) {
        assertThat(answer.status()).isEqualTo("completed");
        assertThat(answer.transcript()).isEqualTo(FaultCaller.ANSWER);
        assertThat(answer.sound().toByteArray()).isEqualTo(whole);
    }

    private static FaultRow.Failure errorOf(FaultRow row) {
        FaultRow.@Nullable Failure error = row.failure();
        if (error == null) throw new IllegalStateException("error: none in " + row);
        return error;
    }

    /** Fails for so many requests, counted apart from every other test. */
    private String modelName(FaultRow row, int times) {
        return "fault:" + row.name() + "@" + times + "#" + runs.incrementAndGet();
    }
}
