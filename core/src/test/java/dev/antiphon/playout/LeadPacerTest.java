package dev.antiphon.playout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeadPacerTest {
    private static final AudioFormat FORMAT = AudioFormat.pcm16(16_000);
    private static final long START_NANOS = -5_000_000_000L;

    private final LeadPacer pacer = new LeadPacer(FORMAT, 400);

    @Test
    void theFirstLeadLeavesAtOnceWhereverItIsCut() {
        assertThat(pacer.sendable(samples(1_000), at(0))).isEqualTo(samples(400));
        assertThat(pacer.sendable(samples(150), at(0))).isEqualTo(samples(150));
        pacer.onSent(samples(150), at(0));
        assertThat(pacer.sendable(samples(1_000), at(0))).isEqualTo(samples(250));
        pacer.onSent(samples(250), at(0));
        assertThat(pacer.sendable(1, at(0))).isZero();
    }

    @Test
    void theRestLeavesInStepsAsItIsPlayed() {
        pacer.onSent(samples(400), at(0));
        assertThat(pacer.sendableAtNanos(samples(900))).isEqualTo(at(100) + 1);
        assertThat(pacer.sendable(samples(900), at(99))).isZero();
        assertThat(pacer.sendable(samples(900), at(100) + 1)).isEqualTo(samples(100));
    }

    @Test
    void theLastPieceIsNotHeldForAStep() {
        pacer.onSent(samples(400), at(0));
        assertThat(pacer.sendableAtNanos(samples(20))).isEqualTo(at(20) + 1);
        assertThat(pacer.sendable(samples(20), at(20) + 1)).isEqualTo(samples(20));
    }

    @Test
    void aPlayerThatRanDryGetsAWholeLeadAgain() {
        pacer.onSent(samples(400), at(0));
        assertThat(pacer.sendable(samples(900), at(401))).isEqualTo(samples(400));
        pacer.onSent(samples(400), at(500));
        assertThat(pacer.unplayedSamples(at(500))).isEqualTo(samples(400));
    }

    @Test
    void whatWasThrownAwayIsNotWaitedFor() {
        pacer.onSent(samples(400), at(0));
        pacer.onFlushed(at(30));
        assertThat(pacer.unplayedSamples(at(30))).isZero();
        assertThat(pacer.sendable(samples(900), at(30))).isEqualTo(samples(400));
    }

    @Test
    void nothingIsSentOfNothing() {
        assertThat(pacer.sendable(0, at(0))).isZero();
    }

    /** A driver that does as it is told, at random moments, and a player that counts. */
    @ParameterizedTest
    @ValueSource(ints = {40, 400, 2_000})
    void theClientNeverHasMoreThanTheLeadAndNeverRunsDry(int leadMillis) {
        for (int rateHz : new int[] {8_000, 16_000, 24_000, 44_100, 48_000}) {
            AudioFormat format = AudioFormat.pcm16(rateHz);
            LeadPacer each = new LeadPacer(format, leadMillis);
            Random random = new Random(rateHz + leadMillis);
            long leftSamples = format.samplesInMillis(10_000) + 7;
            long sentSamples = 0;
            long nowNanos = START_NANOS;
            int wakes = 0;
            while (leftSamples > 0) {
                long waiting = Math.min(leftSamples, 1 + random.nextInt(rateHz / 2));
                while (waiting > 0) {
                    long sendable = each.sendable(waiting, nowNanos);
                    if (sendable == 0) {
                        long wakeNanos = each.sendableAtNanos(waiting);
                        assertThat(wakeNanos).isGreaterThan(nowNanos);
                        nowNanos = wakeNanos;
                        wakes++;
                        sendable = each.sendable(waiting, nowNanos);
                        assertThat(sendable).isPositive();
                    }
                    each.onSent(sendable, nowNanos);
                    waiting -= sendable;
                    leftSamples -= sendable;
                    sentSamples += sendable;
                    double played = (nowNanos - START_NANOS) * 1e-9 * rateHz;
                    assertThat(sentSamples - played).isBetween(0.0, leadMillis * rateHz / 1000.0 + 0.01);
                }
            }
            assertThat(wakes).as("wakes of 10 s").isLessThan(10_000 / Math.min(100, leadMillis / 4) + 30);
        }
    }

    private static long samples(int millis) {
        return FORMAT.samplesInMillis(millis);
    }

    private static long at(int millis) {
        return START_NANOS + TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
