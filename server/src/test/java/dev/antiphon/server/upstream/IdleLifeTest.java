package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long connections are kept where the server has ideas of its own. */
final class IdleLifeTest {
    private final IdleLife life = new IdleLife(seconds(50));

    @Test
    void untilItIsTaughtOtherwiseItIsAsConfigured() {
        assertThat(life.nanos(0)).isEqualTo(seconds(50));
    }

    @Test
    void aServerThatClosesAfterTwentySecondsIsLeftAfterSixteen() {
        life.onClosedByServer(seconds(20), 0);
        assertThat(life.nanos(0)).isEqualTo(seconds(16));
    }

    @Test
    void aLaterCloseTeachesNothingAndASoonerOneDoes() {
        life.onClosedByServer(seconds(20), 0);
        life.onClosedByServer(seconds(40), 0);
        assertThat(life.nanos(0)).isEqualTo(seconds(16));
        life.onClosedByServer(seconds(10), 0);
        assertThat(life.nanos(0)).isEqualTo(seconds(8));
    }

    @Test
    void aCloseWithinSecondsHasOtherReasons() {
        life.onClosedByServer(seconds(5) - 1, 0);
        assertThat(life.nanos(0)).isEqualTo(seconds(50));
    }

    @Test
    void whatWasLearntIsForgottenSlowly() {
        life.onClosedByServer(seconds(20), 0);
        assertThat(life.nanos(seconds(1_800))).isEqualTo(seconds(24));
        assertThat(life.nanos(seconds(3_600))).isEqualTo(seconds(32));
        assertThat(life.nanos(seconds(24 * 3_600))).isEqualTo(seconds(50));
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
