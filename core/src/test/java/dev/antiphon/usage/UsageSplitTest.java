package dev.antiphon.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.usage.UsageSplit.Ending;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What was paid for, by what became of it. */
class UsageSplitTest {
    private static final TokenCounts ALL = new TokenCounts(100, 200, 10, 50, 40, 400, 0);

    private static final Ending[] ENDINGS = Ending.values();

    @Test
    void aDeliveredAnswerIsPaidForByWhatWasHeardOfIt() {
        UsageSplit split = UsageSplit.of(ALL, Ending.DELIVERED, 3_000, 4_000);
        assertThat(split.heard()).isEqualTo(new TokenCounts(100, 200, 10, 50, 30, 300, 0));
        assertThat(split.unheard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 10, 100, 0));
        assertThat(split.failed()).isEqualTo(TokenCounts.NONE);
    }

    @Test
    void anAnswerNobodyHeardWasAskedForInVain() {
        UsageSplit split = UsageSplit.of(ALL, Ending.DELIVERED, 0, 4_000);
        assertThat(split).isEqualTo(new UsageSplit(TokenCounts.NONE, ALL, TokenCounts.NONE));
    }

    @Test
    void aWrittenAnswerIsReadWhole() {
        UsageSplit split = UsageSplit.of(ALL, Ending.DELIVERED, 0, 0);
        assertThat(split).isEqualTo(new UsageSplit(ALL, TokenCounts.NONE, TokenCounts.NONE));
    }

    @Test
    void anAnswerHeardToItsEndLeavesNothingUnheard() {
        UsageSplit whole = new UsageSplit(ALL, TokenCounts.NONE, TokenCounts.NONE);
        assertThat(UsageSplit.of(ALL, Ending.DELIVERED, 4_000, 4_000)).isEqualTo(whole);
        assertThat(UsageSplit.of(ALL, Ending.CUT, 4_000, 4_000)).isEqualTo(whole);
    }

    @Test
    void nothingAddedOrTakenAwayChangesNothing() {
        assertThat(ALL.plus(TokenCounts.NONE)).isEqualTo(ALL);
        assertThat(TokenCounts.NONE.plus(ALL)).isEqualTo(ALL);
        assertThat(ALL.minus(TokenCounts.NONE)).isEqualTo(ALL);
        assertThat(ALL.minus(ALL)).isEqualTo(TokenCounts.NONE);
    }

    @Test
    void aFailureIsPaidForButForWhatWasHeard() {
        UsageSplit split = UsageSplit.of(ALL, Ending.FAILED, 1_000, 4_000);
        assertThat(split.heard()).isEqualTo(new TokenCounts(0, 0, 0, 0, 10, 100, 0));
        assertThat(split.failed()).isEqualTo(new TokenCounts(100, 200, 10, 50, 30, 300, 0));
        assertThat(UsageSplit.of(ALL, Ending.FAILED, 0, 0).failed()).isEqualTo(ALL);
    }

    @Test
    void nothingIsLostAndNothingIsPaidTwice() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            TokenCounts all = new TokenCounts(
                    random.nextInt(1_000),
                    random.nextInt(1_000),
                    0,
                    0,
                    random.nextInt(1_000),
                    random.nextInt(1_000),
                    0);
            long generated = random.nextInt(3) == 0 ? 0 : random.nextInt(100_000);
            long heard = generated == 0 ? 0 : random.nextLong(generated + 1);
            UsageSplit split = UsageSplit.of(all, ENDINGS[random.nextInt(ENDINGS.length)], heard, generated);
            assertThat(split.all()).isEqualTo(all);
            assertThat(split.unheard().tokens()).isNotNegative();
            assertThat(split.failed().tokens()).isNotNegative();
        }
    }
}
