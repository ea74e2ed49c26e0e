package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.routing.Attempts.Step;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of retry and failover, fault by fault. */
class AttemptsTest {
    private static final Upstream.Server SERVER = new Upstream.Server.Embedded(TwinSettings.defaults());

    private final Line a = line("a");
    private final Line b = line("b");
    private final SplittableRandom random = new SplittableRandom(1);

    /** Fault, what is done where it is the only server, what is done where there is another. */
    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(TestFaults.UNREACHABLE, "again a", "again a"),
                Arguments.of(TestFaults.RESET, "again a", "again a"),
                Arguments.of(TestFaults.TIMEOUT, "give up", "ask b"),
                Arguments.of(TestFaults.TLS, "give up", "ask b"),
                Arguments.of(TestFaults.HTML, "give up", "ask b"),
                Arguments.of(TestFaults.status(500, true), "again a", "again a"),
                Arguments.of(TestFaults.status(529, true), "again a", "again a"),
                Arguments.of(TestFaults.status(500, false), "give up", "ask b"),
                Arguments.of(TestFaults.status(429, true), "again a", "again a"),
                Arguments.of(TestFaults.after(429, 100), "again a", "again a"),
                Arguments.of(TestFaults.after(503, 2_000), "again a", "ask b"),
                Arguments.of(TestFaults.after(503, 2_001), "give up", "ask b"),
                Arguments.of(TestFaults.quota(429), "give up", "ask b"),
                Arguments.of(TestFaults.quota(400), "give up", "ask b"),
                Arguments.of(TestFaults.status(401, true), "give up", "ask b"),
                Arguments.of(TestFaults.status(402, false), "give up", "ask b"),
                Arguments.of(TestFaults.status(403, true), "give up", "ask b"),
                Arguments.of(TestFaults.status(404, false), "give up", "ask b"),
                Arguments.of(TestFaults.status(302, true), "give up", "ask b"),
                Arguments.of(TestFaults.status(400, false), "give up", "give up"),
                Arguments.of(TestFaults.status(413, false), "give up", "give up"),
                Arguments.of(TestFaults.of(Kind.REPORTED, 200, true), "again a", "again a"),
                Arguments.of(TestFaults.of(Kind.REPORTED, 200, false), "give up", "give up"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whatIsDoneAboutAFault(UpstreamFault fault, String alone, String besideAnother) {
        Attempts one = begun(a);
        assertThat(said(one.onFault(fault, 0))).isEqualTo(alone);
        Attempts two = begun(line("a"), b);
        assertThat(said(two.onFault(fault, 0))).isEqualTo(besideAnother);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void nothingIsDoneOnceSomethingWasHeard(UpstreamFault fault) {
        Attempts attempts = begun(a, b);
        attempts.onHeard();
        assertThat(said(attempts.onFault(fault, 0))).isEqualTo("give up");
    }

    @Test
    void aServerIsAskedAgainOnceInATurnThenTheNext() {
        Attempts attempts = begun(a, b);
        assertThat(said(attempts.onFault(TestFaults.RESET, 0))).isEqualTo("again a");
        assertThat(said(attempts.onFault(TestFaults.RESET, 0))).isEqualTo("ask b");
        assertThat(said(attempts.onFault(TestFaults.RESET, 0))).isEqualTo("give up");
    }

    @Test
    void aProvidersWordOnWhenIsKept() {
        assertThat(delayMillis(begun(a).onFault(TestFaults.after(429, 1_500), 0)))
                .isEqualTo(1_500);
        assertThat(delayMillis(begun(a).onFault(TestFaults.after(429, 0), 0))).isZero();
    }

    @Test
    void withoutOneTheWaitIsDrawnAndGrowsWithFailures() {
        long most = 0;
        for (int i = 0; i < 200; i++) {
            long delay = delayMillis(begun(line("c")).onFault(TestFaults.status(500, true), 0));
            most = Math.max(most, delay);
            assertThat(delay).isBetween(0L, 100L);
        }
        assertThat(most).isGreaterThan(50);
        assertThat(delayMillis(begun(line("c")).onFault(TestFaults.status(429, true), 0)))
                .isBetween(0L, 50L);
    }

    @Test
    void withoutBudgetThereIsNoRetry() {
        for (int i = 0; i < 3; i++) {
            assertThat(said(begun(a).onFault(TestFaults.status(429, true), 0))).isEqualTo("again a");
        }
        assertThat(said(begun(a).onFault(TestFaults.status(429, true), 0))).isEqualTo("give up");
        assertThat(said(begun(a, b).onFault(TestFaults.status(429, true), 0))).isEqualTo("ask b");
    }

    @Test
    void aServerWhoseBreakerIsOpenIsPassedOverAtOnce() {
        breakOpen(a, 0);
        assertThat(said(attempts(a, b).begin(0))).isEqualTo("ask b");
    }

    @Test
    void whereAllAreOpenTheFaultSaysWhenTheNextIsTried() {
        breakOpen(a, 0);
        breakOpen(b, seconds(2));
        Step step = attempts(a, b).begin(seconds(3));
        assertThat(fault(step).code()).isEqualTo("upstream_unavailable");
        assertThat(fault(step).message()).contains("a, b").contains("in 2 s");
        assertThat(fault(step).retry().afterMillis()).isEqualTo(2_000);
    }

    @Test
    void aFaultThatOpensTheBreakerIsNotRetried() {
        for (int i = 0; i < 4; i++) fail(a, 0);
        assertThat(said(begun(a).onFault(TestFaults.status(500, true), 0))).isEqualTo("give up");
        assertThat(a.breaker().state()).isEqualTo(CircuitBreaker.State.OPEN);
    }

    @Test
    void refusalsDoNotOpenTheBreaker() {
        for (int i = 0; i < 20; i++) begun(a).onFault(TestFaults.status(429, false), 0);
        for (int i = 0; i < 20; i++) begun(a).onFault(TestFaults.status(401, false), 0);
        assertThat(a.breaker().state()).isEqualTo(CircuitBreaker.State.CLOSED);
    }

    @Test
    void aProbeThatIsGivenUpOrRefusedLeavesRoom() {
        breakOpen(a, 0);
        Attempts probe = attempts(a);
        assertThat(said(probe.begin(seconds(6)))).isEqualTo("ask a");
        assertThat(said(attempts(a).begin(seconds(6)))).isEqualTo("give up");
        probe.abandon(seconds(6));
        Attempts next = attempts(a);
        assertThat(said(next.begin(seconds(6)))).isEqualTo("ask a");
        next.onFault(TestFaults.status(400, false), seconds(6));
        assertThat(a.breaker().state()).isEqualTo(CircuitBreaker.State.CLOSED);
    }

    @Test
    void whatFailsLateCountsAndDoesNotProbe() {
        breakOpen(a, 0);
        Attempts probe = attempts(a);
        probe.begin(seconds(6));
        probe.onHeard();
        assertThat(a.breaker().state()).isEqualTo(CircuitBreaker.State.CLOSED);
        probe.onFault(TestFaults.TIMEOUT, seconds(7));
        assertThat(a.breaker().recentFailures(seconds(7))).isEqualTo(1);
    }

    @Test
    void theLastFaultIsTold() {
        Attempts attempts = begun(a, b);
        attempts.onFault(TestFaults.status(401, false), 0);
        Step step = attempts.onFault(TestFaults.HTML, 0);
        assertThat(fault(step).code()).isEqualTo("INVALID_200");
    }

    @ParameterizedTest
    @MethodSource("hints")
    void aProvidersHintIsToldInSeconds(long afterMillis, String hint) {
        Step step = begun(a).onFault(TestFaults.after(429, afterMillis), 0);
        assertThat(fault(step).message()).isEqualTo("it failed (try again in " + hint + " s)");
    }

    static Stream<Arguments> hints() {
        return Stream.of(Arguments.of(2_001L, "3"), Arguments.of(20_000L, "20"), Arguments.of(Long.MAX_VALUE, "86400"));
    }

    @Test
    void aSessionKeepsToWhatItHasDrawnAndAsksWhatFailedLast() {
        Picks picks = new Picks(List.of(new Destination(a, null), new Destination(b, null)));
        Attempts first = new Attempts(picks, 0, random);
        first.begin(0);
        first.onFault(TestFaults.TIMEOUT, 0);
        first.onHeard();
        assertThat(said(new Attempts(picks, seconds(29), random).begin(seconds(29))))
                .isEqualTo("ask b");
        assertThat(said(new Attempts(picks, seconds(31), random).begin(seconds(31))))
                .isEqualTo("ask a");
    }

    @Test
    void serversOfOneRankShareByWeightAndFallbacksComeAfterThem() {
        Line heavy = new Line(new Upstream("heavy", SERVER, null, 3, 1, 5), new ScriptedModels());
        Route route = new Route(List.of(
                List.of(new Destination(a, null), new Destination(heavy, null)), List.of(new Destination(b, null))));
        int heavyFirst = 0;
        for (int i = 0; i < 4_000; i++) {
            List<Destination> drawn = route.draw(random);
            assertThat(drawn).hasSize(3);
            assertThat(drawn.get(2).line()).isSameAs(b);
            if (drawn.get(0).line() == heavy) heavyFirst++;
        }
        assertThat(heavyFirst).isBetween(2_850, 3_150);
    }

    private Attempts attempts(Line... lines) {
        List<Destination> destinations =
                Arrays.stream(lines).map(line -> new Destination(line, null)).toList();
        return new Attempts(new Picks(destinations), 0, random);
    }

    private Attempts begun(Line... lines) {
        Attempts attempts = attempts(lines);
        attempts.begin(0);
        return attempts;
    }

    private static String said(Step step) {
        if (!(step instanceof Step.Ask ask)) return "give up";
        return (ask.isRetry() ? "again " : "ask ") + ask.destination().line();
    }

    private static long delayMillis(Step step) {
        return TimeUnit.NANOSECONDS.toMillis(((Step.Ask) step).delayNanos());
    }

    private static UpstreamFault fault(Step step) {
        return ((Step.GiveUp) step).fault();
    }

    private static void breakOpen(Line line, long nowNanos) {
        for (int i = 0; i < 5; i++) fail(line, nowNanos);
        assertThat(line.breaker().state()).isEqualTo(CircuitBreaker.State.OPEN);
    }

    private static void fail(Line line, long nowNanos) {
        line.breaker().onFailure(line.breaker().enter(nowNanos), nowNanos);
    }

    private static Line line(String name) {
        return new Line(Upstream.of(name, SERVER, null), new ScriptedModels());
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
