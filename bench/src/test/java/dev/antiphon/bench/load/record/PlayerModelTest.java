package dev.antiphon.bench.load.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PlayerModelTest {
    private static final int BYTES_PER_MILLI = 48;

    private final PlayerModel player = new PlayerModel();

    @Test
    void soundThatComesInTimeIsNeverMissed() {
        player.begin();
        for (int i = 0; i < 10; i++) arrives(200, i * 200L);
        ends(2_000);
        assertIsShort(0, 0);
    }

    @Test
    void soundThatComesExactlyWhenTheLastOneEndsIsInTime() {
        player.begin();
        arrives(100, 0);
        arrives(100, 100);
        ends(200);
        assertIsShort(0, 0);
    }

    @Test
    void aGapIsAnUnderrunAsLongAsTheSilence() {
        player.begin();
        arrives(200, 0); // played until 200
        arrives(100, 230);
        arrives(100, 330); // in time again
        ends(430);
        assertIsShort(1, 30);
    }

    @Test
    void afterAnUnderrunItWaitsForItsBufferAgain() {
        player.begin();
        arrives(100, 0); // played until 100
        arrives(60, 150); // 60 of 100 buffered: waits on
        arrives(60, 180); // plays 120 from here
        ends(300);
        assertIsShort(1, 80);
    }

    @Test
    void itBeginsWith100MillisAndNotBefore() {
        player.begin();
        arrives(60, 0);
        arrives(60, 500); // only now it plays: nothing was missed, it had not begun
        arrives(60, 615);
        ends(700);
        assertIsShort(0, 0);
    }

    @Test
    void anAnswerShorterThanTheBufferIsPlayedAtItsEnd() {
        player.begin();
        arrives(200, 0);
        arrives(60, 240);
        ends(250); // the 60 ms play now
        assertIsShort(1, 50);
    }

    @Test
    void severalGapsAddUpAndTheNextAnswerCountsAnew() {
        player.begin();
        arrives(100, 0);
        arrives(100, 110);
        arrives(100, 230);
        ends(330);
        assertIsShort(2, 30);
        player.begin();
        arrives(100, 5_000);
        ends(5_100);
        assertIsShort(0, 0);
    }

    private void arrives(int soundMillis, long atMillis) {
        player.onSound(soundMillis * BYTES_PER_MILLI, TimeUnit.MILLISECONDS.toNanos(atMillis));
    }

    private void ends(long atMillis) {
        player.onEnd(TimeUnit.MILLISECONDS.toNanos(atMillis));
    }

    private void assertIsShort(long times, long millis) {
        assertThat(player.underruns()).isEqualTo(times);
        assertThat(player.underrunNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
