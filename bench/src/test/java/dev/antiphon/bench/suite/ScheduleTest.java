package dev.antiphon.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contenders take turns, so that what disturbs one disturbs all. */
class ScheduleTest {
    private static final Contender RELAY = Contender.of(Target.RELAY, Jvm.own(), List.of());
    private static final Contender NODE = Contender.of(Target.NODE, Jvm.own(), List.of());

    @Test
    void allContendersAreMeasuredWithANumberOfSessionsBeforeTheNext() {
        assertThat(walk(new FixedSchedule(List.of(RELAY, NODE), List.of(10, 20), 1), Integer.MAX_VALUE))
                .containsExactly("1 relay 10", "1 node 10", "1 relay 20", "1 node 20");
    }

    @Test
    void anotherContenderBeginsEachRound() {
        assertThat(walk(new FixedSchedule(List.of(RELAY, NODE), List.of(10), 2), Integer.MAX_VALUE))
                .containsExactly("1 relay 10", "1 node 10", "2 node 10", "2 relay 10");
    }

    @Test
    void aKneeIsSoughtByDoublingAndThenHalving() {
        assertThat(walk(new KneeSchedule(List.of(RELAY), 100, 1), 650))
                .containsExactly(
                        "1 relay 100",
                        "1 relay 200",
                        "1 relay 400",
                        "1 relay 800",
                        "1 relay 600",
                        "1 relay 700",
                        "1 relay 650");
    }

    @Test
    void searchesOfSeveralContendersAdvanceTogetherAndAnewInEachRound() {
        List<String> walked = walk(new KneeSchedule(List.of(RELAY, NODE), 100, 2), 100);
        assertThat(walked).startsWith("1 relay 100", "1 node 100", "1 relay 200", "1 node 200", "1 relay 150");
        assertThat(walked).contains("2 relay 100", "2 node 100");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 49, 50, 51, 99, 1_000, 12_345})
    void aSearchEndsCloseBelowTheKneeWhereverItLies(int knee) {
        KneeSearch search = new KneeSearch(50);
        int holds = 0;
        int steps = 0;
        while (!search.isDone()) {
            int next = search.next();
            search.onMeasured(next, next <= knee);
            if (next <= knee) holds = Math.max(holds, next);
            steps++;
        }
        assertThat(holds).isLessThanOrEqualTo(knee);
        assertThat(Math.max(holds + 1, holds * 1.1)).isGreaterThanOrEqualTo(knee);
        assertThat(steps).isLessThan(25);
    }

    @Test
    void aSearchThatNothingBreaksComesToAnEnd() {
        KneeSearch search = new KneeSearch(1);
        while (!search.isDone()) search.onMeasured(search.next(), true);
        assertThat(search.left()).isZero();
    }

    /** @param knee what holds */
    private static List<String> walk(Schedule schedule, int knee) {
        List<String> walked = new ArrayList<>();
        for (Point point = schedule.next(); point != null; point = schedule.next()) {
            walked.add(point.round() + " " + point.contender().label() + " " + point.sessions());
            schedule.onMeasured(point, point.sessions() <= knee);
        }
        assertThat(schedule.left()).isZero();
        return walked;
    }
}
