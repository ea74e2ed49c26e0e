package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.routing.CircuitBreaker.Entry;
import dev.antiphon.server.routing.CircuitBreaker.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CircuitBreakerTest {
    private final CircuitBreaker breaker = new CircuitBreaker("a", 5);

    @Test
    void aServerThatIsNeverToBeGivenUpIsNot() {
        CircuitBreaker patient = new CircuitBreaker("a", 0);
        for (int i = 0; i < 100; i++) patient.onFailure(patient.enter(i), i);
        assertThat(patient.state()).isEqualTo(CircuitBreaker.State.CLOSED);
    }

    @Test
    void fiveFailuresInTenSecondsOpenIt() {
        for (int i = 0; i < 4; i++) fail(seconds(2L * i));
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        fail(seconds(9));
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.enter(seconds(9))).isEqualTo(Entry.REFUSED);
        assertThat(breaker.waitNanos(seconds(9))).isEqualTo(seconds(5));
    }

    @Test
    void fiveFailuresInLongerThanThatDoNot() {
        for (int i = 0; i < 20; i++) fail(seconds(3L * i));
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.recentFailures(seconds(57))).isEqualTo(4);
    }

    @Test
    void failuresAmongManySuccessesDoNot() {
        for (int i = 0; i < 50; i++) {
            if (i % 5 == 0) fail(i);
            else breaker.onSuccess(breaker.enter(i));
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        for (int i = 0; i < 5; i++) fail(100 + i);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void afterThePauseOneCallIsLetInAndItsSuccessClosesIt() {
        open(0);
        assertThat(breaker.enter(seconds(5) - 1)).isEqualTo(Entry.REFUSED);
        Entry probe = breaker.enter(seconds(5));
        assertThat(probe).isEqualTo(Entry.PROBE);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.enter(seconds(100))).isEqualTo(Entry.REFUSED);
        breaker.onSuccess(probe);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.enter(seconds(6))).isEqualTo(Entry.USUAL);
    }

    @Test
    void eachProbeThatFailsMakesThePauseLongerUpToHalfAMinute() {
        open(0);
        long now = seconds(5);
        for (long pause : new long[] {10, 20, 30, 30}) {
            breaker.onFailure(breaker.enter(now), now);
            assertThat(breaker.waitNanos(now)).isEqualTo(seconds(pause));
            now += seconds(pause);
        }
        breaker.onSuccess(breaker.enter(now));
        open(now);
        assertThat(breaker.waitNanos(now)).isEqualTo(seconds(5));
    }

    @Test
    void aProbeThatIsGivenUpMakesRoomForTheNext() {
        open(0);
        breaker.onAbandoned(breaker.enter(seconds(5)), seconds(6));
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.enter(seconds(6))).isEqualTo(Entry.PROBE);
    }

    @Test
    void callsFromBeforeSayNothingNew() {
        Entry early = breaker.enter(0);
        Entry alsoEarly = breaker.enter(0);
        open(0);
        breaker.onSuccess(early);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        for (int i = 0; i < 6; i++) breaker.onFailure(alsoEarly, seconds(4));
        assertThat(breaker.waitNanos(seconds(4))).isEqualTo(seconds(1));
        breaker.enter(seconds(5));
        for (int i = 0; i < 6; i++) breaker.onFailure(alsoEarly, seconds(5));
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        breaker.onAbandoned(early, seconds(5));
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 3, Long.MIN_VALUE, 0})
    void theClockMayStartAnywhere(long origin) {
        open(origin);
        assertThat(breaker.enter(origin)).isEqualTo(Entry.REFUSED);
        assertThat(breaker.enter(origin + seconds(5) - 1)).isEqualTo(Entry.REFUSED);
        assertThat(breaker.enter(origin + seconds(5))).isEqualTo(Entry.PROBE);
    }

    @Test
    void ofManyThreadsThatComeAtOnceOneProbes() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            long now = 0;
            for (int round = 0; round < 200; round++) {
                open(now);
                now += seconds(30);
                long then = now;
                List<Callable<Entry>> arrivals = new ArrayList<>();
                for (int i = 0; i < 8; i++) arrivals.add(() -> breaker.enter(then));
                List<Entry> entries = new ArrayList<>();
                for (Future<Entry> entered : threads.invokeAll(arrivals, 10, TimeUnit.SECONDS)) {
                    entries.add(entered.get());
                }
                assertThat(entries).containsOnlyOnce(Entry.PROBE).doesNotContain(Entry.USUAL);
                breaker.onSuccess(Entry.PROBE);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void open(long nowNanos) {
        for (int i = 0; i < 5; i++) fail(nowNanos);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private void fail(long nowNanos) {
        breaker.onFailure(breaker.enter(nowNanos), nowNanos);
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
