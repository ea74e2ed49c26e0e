package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.IntUnaryOperator;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoBufferLeaks.class)
class LoudnessTest {
    @Test
    void silenceAndNothingAreAFiniteFloor() {
        assertThat(measure(100, i -> 0, Loudness::rmsDbfs)).isEqualTo(Loudness.SILENCE_DBFS);
        assertThat(measure(100, i -> 0, Loudness::peakDbfs)).isEqualTo(Loudness.SILENCE_DBFS);
        assertThat(measure(0, i -> 0, Loudness::rmsDbfs)).isEqualTo(Loudness.SILENCE_DBFS);
        assertThat(measure(0, i -> 0, Loudness::peakDbfs)).isEqualTo(Loudness.SILENCE_DBFS);
        assertThat(measure(1_000, i -> i == 0 ? 1 : 0, Loudness::rmsDbfs)).isEqualTo(Loudness.SILENCE_DBFS);
    }

    @Test
    void aSquareWaveAtFullScaleIsZero() {
        assertThat(measure(100, i -> Short.MIN_VALUE, Loudness::rmsDbfs)).isEqualTo(0);
        assertThat(measure(100, i -> Short.MIN_VALUE, Loudness::peakDbfs)).isEqualTo(0);
    }

    @Test
    void aSineAtFullScaleIsThreeDecibelsBelow() {
        IntUnaryOperator sine = i -> (int) Math.round(32_767 * Math.sin(2 * Math.PI * i / 24));
        assertThat(measure(24_000, sine, Loudness::rmsDbfs)).isCloseTo(-3.01, within(0.01));
        assertThat(measure(24_000, sine, Loudness::peakDbfs)).isCloseTo(0, within(0.01));
    }

    @Test
    void halfTheAmplitudeIsSixDecibelsLess() {
        assertThat(measure(100, i -> i % 2 == 0 ? 16_384 : -16_384, Loudness::rmsDbfs))
                .isCloseTo(-6.02, within(0.01));
    }

    @Test
    void aMinuteAtFullScaleDoesNotOverflow() {
        assertThat(measure(24_000 * 60, i -> Short.MIN_VALUE, Loudness::rmsDbfs))
                .isEqualTo(0);
    }

    @Test
    void theFirstAudibleSampleIsAtOrAboveTheThresholdInEitherSign() {
        assertThat(measure(100, i -> i == 40 ? -33 : 32, pcm -> Loudness.firstAudibleSample(pcm, -60)))
                .isEqualTo(40);
        assertThat(measure(100, i -> i, pcm -> Loudness.firstAudibleSample(pcm, -54.19)))
                .isEqualTo(64);
        assertThat(measure(100, i -> 32, pcm -> Loudness.firstAudibleSample(pcm, -59)))
                .isEqualTo(-1);
        assertThat(measure(100, i -> i == 3 ? Short.MIN_VALUE : 0, pcm -> Loudness.firstAudibleSample(pcm, 0)))
                .isEqualTo(3);
    }

    @Test
    void halfASampleIsRefused() {
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer().writeZero(3);
        try {
            assertThatThrownBy(() -> Loudness.rmsDbfs(pcm))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pcm: 3 bytes (expected: a multiple of 2, PCM16 little-endian)");
        } finally {
            pcm.release();
        }
    }

    /** Measures samples that do not begin at index 0 of their buffer. */
    private static double measure(int samples, IntUnaryOperator value, ToDoubleFunction<ByteBuf> measure) {
        ByteBuf pcm = ByteBufAllocator.DEFAULT.buffer();
        try {
            pcm.writeShort(0x7F7F).readShort();
            for (int i = 0; i < samples; i++) pcm.writeShortLE(value.applyAsInt(i));
            double result = measure.applyAsDouble(pcm);
            assertThat(pcm.readableBytes()).as("lent").isEqualTo(2 * samples);
            return result;
        } finally {
            pcm.release();
        }
    }
}
