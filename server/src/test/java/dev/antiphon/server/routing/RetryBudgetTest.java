package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private final RetryBudget budget = new RetryBudget();

    @Test
    void aQuietGatewayRetriesThreeTimesInTenSeconds() {
        assertThat(retries(10, 0)).isEqualTo(3);
        assertThat(retries(10, seconds(3))).isZero();
        assertThat(retries(10, seconds(4))).isEqualTo(1);
        assertThat(retries(10, seconds(1_000))).isEqualTo(3);
    }

    @Test
    void tenCallsEarnOneRetry() {
        retries(10, 0);
        for (int i = 0; i < 9; i++) budget.onCall();
        assertThat(retries(10, 0)).isZero();
        budget.onCall();
        assertThat(retries(10, 0)).isEqualTo(1);
    }

    @Test
    void ofAThousandFailingCallsOneInTenIsRetried() {
        int retries = 0;
        for (int i = 0; i < 1_000; i++) {
            budget.onCall();
            retries += retries(1, 0);
        }
        assertThat(retries).isBetween(100, 103);
    }

    @Test
    void aQuietHourIsNotSavedForAStorm() {
        for (int i = 0; i < 100_000; i++) budget.onCall();
        assertThat(retries(1_000, seconds(3_600))).isEqualTo(13);
    }

    private int retries(int tries, long nowNanos) {
        int made = 0;
        for (int i = 0; i < tries; i++) if (budget.tryRetry(nowNanos)) made++;
        return made;
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
