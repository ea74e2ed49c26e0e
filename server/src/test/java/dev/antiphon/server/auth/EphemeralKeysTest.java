package dev.antiphon.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.auth.EphemeralKeys.Grant;
import dev.antiphon.server.auth.EphemeralKeys.Minted;
import dev.antiphon.session.SessionSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EphemeralKeysTest {
    private static final Grant GRANT = new Grant("key-1", SessionSettings.defaults("gpt-realtime", "marin"));
    private static final Instant ISSUED = Instant.parse("2026-01-02T03:04:05.900Z");

    private final TurnedClock clock = new TurnedClock();
    private final EphemeralKeys keys = new EphemeralKeys(clock::nanoTime, clock);

    /** Both clocks, each turned by hand; the monotonic one begins just below its overflow. */
    private static final class TurnedClock extends Clock {
        long nanos = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos();
        Instant instant = ISSUED;

        long nanoTime() {
            return nanos;
        }

        void turn(Duration by) {
            nanos += by.toNanos();
            instant = instant.plus(by);
        }

        @Override
        public Instant instant() {
            return instant;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private Minted mint(int lifetimeSeconds) {
        return minted(keys.mint(GRANT, lifetimeSeconds, 2));
    }

    private static Minted minted(@Nullable Minted minted) {
        if (minted == null) throw new AssertionError("too many are alive");
        return minted;
    }

    private @Nullable Grant grantOf(Minted minted) {
        return keys.grantOf(minted.value().value());
    }

    @Nested
    class AKey {
        @Test
        void has256BitsAfterItsPrefix() {
            assertThat(mint(600).value().value()).matches("ek_[A-Za-z0-9_-]{43}");
            assertThat(EphemeralKeys.isOne(mint(600).value().value())).isTrue();
        }

        @Test
        void isNeverMadeTwice() {
            Set<String> values = new HashSet<>();
            for (int i = 0; i < 1_000; i++) values.add(mint(600).value().value());
            assertThat(values).hasSize(1_000);
        }

        @Test
        void isGoodForWhatItWasMadeForAsOftenAsWanted() {
            Minted key = mint(600);
            for (int i = 0; i < 3; i++) assertThat(grantOf(key)).isEqualTo(GRANT);
        }

        @Test
        void saysWhenItExpiresInWholeSecondsNeverTooLate() {
            assertThat(mint(600).expiresAtUnixSeconds()).isEqualTo(ISSUED.getEpochSecond() + 600);
        }

        @Test
        void doesNotShowItself() {
            Minted key = mint(600);
            assertThat(key.toString()).doesNotContain(key.value().value());
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "ek_", "sk-1", "ek_0000000000000000000000000000000000000000000"})
        void isNotWhatNobodyMade(String presented) {
            mint(600);
            assertThat(keys.grantOf(presented)).isNull();
        }

        @Test
        void isExact() {
            String value = mint(600).value().value();
            assertThat(keys.grantOf(value + " ")).isNull();
            assertThat(keys.grantOf(value.substring(1))).isNull();
            char last = value.charAt(value.length() - 1);
            assertThat(keys.grantOf(value.substring(0, value.length() - 1) + (last == 'A' ? 'B' : 'A')))
                    .isNull();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, -1})
        void livesForAWhile(int lifetimeSeconds) {
            assertThatThrownBy(() -> mint(lifetimeSeconds)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    class Expiry {
        @ParameterizedTest
        @CsvSource({
            // lifetime s, monotonic ms later, wall ms later, alive
            "10, 0, 0, true",
            "10, 9999, 9999, true",
            "10, 10000, 10000, false",
            "10, 10001, 10001, false",
            "7200, 7199999, 7199999, true",
            "7200, 7200000, 7200000, false",
            // the wall clock is set back by an hour: nothing is won
            "600, 600000, -3000000, false",
            "600, 599999, -3000001, true",
            // the machine slept, and only the wall clock went on
            "600, 1000, 600000, false",
            "600, 1000, 599999, true"
        })
        void isWhatEitherClockSays(int lifetimeSeconds, long monotonicMillis, long wallMillis, boolean isAlive) {
            Minted key = mint(lifetimeSeconds);
            clock.nanos += Duration.ofMillis(monotonicMillis).toNanos();
            clock.instant = ISSUED.plusMillis(wallMillis);
            assertThat(grantOf(key) != null).isEqualTo(isAlive);
        }

        @Test
        void isForEver() {
            Minted key = mint(600);
            clock.instant = ISSUED.plusSeconds(601);
            assertThat(grantOf(key)).isNull();
            clock.instant = ISSUED.minus(Duration.ofHours(1));
            assertThat(grantOf(key)).isNull();
        }
    }

    @Nested
    class Bounds {
        private final EphemeralKeys few = new EphemeralKeys(clock::nanoTime, clock, 3, 100);

        @Test
        void manyAreAliveAtOnceAndNoMore() {
            List<Minted> alive = new ArrayList<>();
            for (int i = 0; i < 3; i++) alive.add(minted(few.mint(GRANT, 600, 0)));
            assertThat(few.mint(GRANT, 600, 0)).isNull();
            assertThat(few.held()).isEqualTo(3);
            for (Minted key : alive)
                assertThat(few.grantOf(key.value().value())).isEqualTo(GRANT);
        }

        @Test
        void theSettingsTogetherAreBoundedToo() {
            assertThat(few.mint(GRANT, 600, 60)).isNotNull();
            assertThat(few.mint(GRANT, 600, 41)).isNull();
            assertThat(few.mint(GRANT, 600, 40)).isNotNull();
        }

        @Test
        void whatHasExpiredMakesRoomWhateverItsOrder() {
            minted(few.mint(GRANT, 600, 30));
            minted(few.mint(GRANT, 10, 30));
            minted(few.mint(GRANT, 20, 30));
            clock.turn(Duration.ofSeconds(20));
            assertThat(few.mint(GRANT, 600, 30)).isNotNull();
            assertThat(few.held()).isEqualTo(2);
            assertThat(few.mint(GRANT, 600, 30)).isNotNull();
            assertThat(few.mint(GRANT, 600, 30)).isNull();
        }

        @Test
        void anExpiredKeyThatIsTriedIsForgottenOnce() {
            Minted key = minted(few.mint(GRANT, 10, 30));
            clock.turn(Duration.ofSeconds(10));
            assertThat(few.grantOf(key.value().value())).isNull();
            assertThat(few.grantOf(key.value().value())).isNull();
            assertThat(few.held()).isZero();
        }
    }

    @Test
    void aThousandTimesTwoAtOnceAreBothLetIn() throws InterruptedException, ExecutionException {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < 1_000; i++) {
                Minted key = mint(600);
                CountDownLatch both = new CountDownLatch(2);
                List<Future<@Nullable Grant>> redeems = new ArrayList<>();
                for (int j = 0; j < 2; j++) {
                    redeems.add(two.submit(() -> {
                        both.countDown();
                        both.await();
                        return grantOf(key);
                    }));
                }
                for (Future<@Nullable Grant> redeem : redeems)
                    assertThat(redeem.get()).isEqualTo(GRANT);
            }
        } finally {
            two.shutdownNow();
        }
    }

    @Test
    void twoThreadsNeverHoldMoreThanTheBound() throws InterruptedException, ExecutionException {
        EphemeralKeys few = new EphemeralKeys(clock::nanoTime, clock, 100, 1_000);
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int j = 0; j < 2; j++) {
                counts.add(two.submit(() -> {
                    int made = 0;
                    for (int i = 0; i < 10_000; i++) {
                        if (few.mint(GRANT, 600, 1) != null) made++;
                    }
                    return made;
                }));
            }
            int made = 0;
            for (Future<Integer> count : counts) made += count.get();
            assertThat(made).isEqualTo(100);
            assertThat(few.held()).isEqualTo(100);
        } finally {
            two.shutdownNow();
        }
    }
}
