package dev.antiphon.bench.load.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AnswerScriptTest {
    private static final AnswerScript SCRIPT = AnswerScript.DEFAULT;

    @Test
    void theSameNumberIsTheSameAnswer() {
        for (long id = 1; id < 50; id++) {
            AnswerPlan one = SCRIPT.plan(id);
            AnswerPlan other = SCRIPT.plan(id);
            assertThat(one.pieces()).isEqualTo(other.pieces());
            for (int i = 0; i < one.pieces(); i++) {
                assertThat(one.pieceBytes(i)).isEqualTo(other.pieceBytes(i));
                assertThat(one.dueNanos(i)).isEqualTo(other.dueNanos(i));
            }
        }
    }

    @Test
    void piecesAndAnswersAreAsLongAsTheScriptHasThem() {
        for (long id = 1; id < 500; id++) {
            AnswerPlan plan = SCRIPT.plan(id);
            for (int i = 0; i < plan.pieces(); i++) {
                assertThat(plan.pieceBytes(i)).isBetween(4_800, 19_200);
                assertThat(plan.pieceBytes(i) % 6).isZero();
            }
            assertThat(plan.audioMillis()).isBetween(2_000L, 5_000L + 400);
        }
    }

    @Test
    void aPieceIsSentWhenItHasBeenMade() {
        AnswerPlan plan = SCRIPT.plan(1);
        for (int i = 1; i < plan.pieces(); i++) {
            long soundNanos = plan.pieceBytes(i) / 48 * 1_000_000L;
            assertThat(plan.dueNanos(i) - plan.dueNanos(i - 1)).isEqualTo(soundNanos / 2);
        }
    }

    @Test
    void firstSoundsHaveTheMedianAndTheTailThatWereAskedFor() {
        long[] first = new long[4_000];
        for (int i = 0; i < first.length; i++) first[i] = SCRIPT.plan(i).dueNanos(0);
        Arrays.sort(first);
        assertThat(TimeUnit.NANOSECONDS.toMillis(first[first.length / 2])).isBetween(330L, 370L);
        assertThat(TimeUnit.NANOSECONDS.toMillis(first[first.length * 95 / 100]))
                .isBetween(650L, 750L);
    }
}
