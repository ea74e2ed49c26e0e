package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NoBufferLeaks.class)
class ResamplerTest {
    private static final double AMPLITUDE = 30_000;
    /** Of the lower Nyquist frequency; the filter's pass band. */
    private static final double PASS_BAND = 0.82;

    @ParameterizedTest(name = "{0} to {1} Hz")
    @CsvSource({"48000, 24000", "44100, 24000", "24000, 16000", "24000, 8000", "48000, 16000", "24000, 22050"})
    void whatTheLowerRateCannotHoldDoesNotFoldBack(int fromHz, int toHz) {
        double worstDb = Double.NEGATIVE_INFINITY;
        for (double toneHz = toHz / 2.0 + 20; toneHz < fromHz / 2.0; toneHz += (fromHz - toHz) / 2.0 / 37) {
            short[] out = resample(tone(fromHz, toneHz, fromHz / 4), fromHz, toHz);
            worstDb = Math.max(worstDb, levelDb(out, toHz));
        }
        assertThat(worstDb).as("level of what folded back, dB").isLessThan(-88);
    }

    @ParameterizedTest(name = "{0} to {1} Hz")
    @CsvSource({
        "8000, 24000",
        "16000, 24000",
        "22050, 24000",
        "24000, 24000",
        "44100, 24000",
        "48000, 24000",
        "24000, 8000",
        "24000, 16000",
        "24000, 22050",
        "24000, 44100",
        "24000, 48000",
        "8000, 48000",
        "192000, 11025"
    })
    void aToneInThePassBandStaysItselfAndStaysInPlace(int fromHz, int toHz) {
        double passHz = PASS_BAND * Math.min(fromHz, toHz) / 2;
        double worstDb = Double.POSITIVE_INFINITY;
        for (int step = 1; step <= 12; step++) {
            double toneHz = passHz * step / 12;
            short[] out = resample(tone(fromHz, toneHz, fromHz / 4), fromHz, toHz);
            short[] ideal = tone(toHz, toneHz, out.length);
            double error = 0;
            double signal = 0;
            for (int i = toHz / 40; i < out.length - toHz / 40; i++) {
                error += Math.pow(out[i] - ideal[i], 2);
                signal += Math.pow(ideal[i], 2);
            }
            worstDb = Math.min(worstDb, 10 * Math.log10(signal / Math.max(error, 1e-9)));
        }
        assertThat(worstDb).as("SNR up to %s Hz, dB", passHz).isGreaterThan(90);
    }

    @Test
    void telephoneSpeechIsFlatTo3300Hz() {
        for (double toneHz : new double[] {300, 1_000, 2_000, 3_000, 3_300}) {
            short[] out = resample(tone(8_000, toneHz, 4_000), 8_000, 24_000);
            assertThat(levelDb(out, 24_000)).as("%s Hz", toneHz).isCloseTo(0, within(0.15));
        }
    }

    @ParameterizedTest(name = "{0} to {1} Hz")
    @CsvSource({"48000, 24000", "44100, 24000", "8000, 24000", "24000, 22050", "24000, 24000"})
    void theSameSamplesComeOutHoweverTheyAreCut(int fromHz, int toHz) {
        short[] in = noise(1_300, 7);
        short[] whole = resample(in, fromHz, toHz);
        for (int cut = 0; cut <= in.length; cut++) {
            assertThat(resample(in, fromHz, toHz, cut)).isEqualTo(whole);
        }
        int[] everywhere = new int[in.length];
        for (int i = 0; i < in.length; i++) everywhere[i] = i;
        assertThat(resample(in, fromHz, toHz, everywhere)).isEqualTo(whole);
    }

    @ParameterizedTest(name = "{0} to {1} Hz")
    @CsvSource({
        "8000, 24000",
        "16000, 24000",
        "22050, 24000",
        "44100, 24000",
        "48000, 24000",
        "24000, 8000",
        "24000, 16000",
        "24000, 22050",
        "24000, 44100",
        "24000, 48000",
        "192000, 11025",
        "11025, 192000"
    })
    void aClipKeepsItsLengthInTimeToTheSample(int fromHz, int toHz) {
        for (int samples = 0; samples < 400; samples++) {
            long expected = Math.round((double) samples * toHz / fromHz);
            assertThat(Resampler.resample(Pcm16.clipOf(fromHz, noise(samples, 1)), toHz)
                            .samples())
                    .isEqualTo(expected);
        }
        assertThat(resample(noise(100_003, 1), fromHz, toHz)).hasSize((int) Math.round(100_003.0 * toHz / fromHz));
    }

    @Test
    void aConstantIsPassedUnchangedInEveryPhase() {
        short[] in = new short[4_000];
        Arrays.fill(in, (short) 12_345);
        short[] out = resample(in, 22_050, 24_000);
        for (int i = 100; i < out.length - 100; i++) assertThat(out[i]).isEqualTo((short) 12_345);
    }

    @Test
    void loudSquareWavesAreClippedNotWrapped() {
        short[] in = new short[4_800];
        for (int i = 0; i < in.length; i++) in[i] = i / 24 % 2 == 0 ? Short.MAX_VALUE : Short.MIN_VALUE;
        short[] out = resample(in, 48_000, 24_000);
        for (int i = 0; i < out.length; i++) {
            if (i % 12 >= 3 && i % 12 < 9) {
                int half = i / 12 % 2 == 0 ? 1 : -1;
                assertThat(out[i] * half).as("sample %d", i).isGreaterThan(24_000);
            }
        }
    }

    @Test
    void resetForgetsWhatWasHeard() {
        Resampler used = new Resampler(44_100, 24_000);
        ByteBuf in = buffer(noise(777, 3));
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            used.feed(in, out);
            used.reset();
            out.clear();
            used.feed(in, out);
            used.flush(out);
            assertThat(samples(out)).isEqualTo(resample(noise(777, 3), 44_100, 24_000));
            out.clear();
            used.feed(in, out);
            used.flush(out);
            assertThat(samples(out)).as("after flush").isEqualTo(resample(noise(777, 3), 44_100, 24_000));
        } finally {
            in.release();
            out.release();
        }
    }

    @Test
    void theWaitIsThirtyTwoSamplesOfTheLowerRate() {
        Resampler resampler = new Resampler(48_000, 24_000);
        ByteBuf in = buffer(new short[4_800]);
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            resampler.feed(in, out);
            assertThat(2_400 - Pcm16.samplesIn(out)).isEqualTo(32);
        } finally {
            in.release();
            out.release();
        }
    }

    @ParameterizedTest
    @CsvSource({"48000, 24000", "8000, 24000", "44100, 24000"})
    void nothingIsAllocatedOnTheWay(int fromHz, int toHz) {
        Resampler resampler = new Resampler(fromHz, toHz);
        ByteBuf in = buffer(noise(fromHz / 50, 9));
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer(resampler.mostOutputBytes(in.readableBytes()));
        try {
            assertThat(Allocation.bytesOfManyCalls(() -> {
                        out.clear();
                        resampler.feed(in, out);
                    }))
                    .isZero();
        } finally {
            in.release();
            out.release();
        }
    }

    @Test
    void theRoomPromisedSuffices() {
        Resampler resampler = new Resampler(8_000, 48_000);
        ByteBuf in = buffer(noise(1_000, 5));
        int bytes = resampler.mostOutputBytes(in.readableBytes());
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer(bytes, bytes);
        try {
            resampler.feed(in, out);
            resampler.flush(out);
            assertThat(Pcm16.samplesIn(out)).isEqualTo(6_000);
        } finally {
            in.release();
            out.release();
        }
    }

    @Test
    void theSameRateIsTheSameClip() {
        AudioClip clip = Pcm16.clipOf(24_000, noise(100, 1));
        assertThat(Resampler.resample(clip, 24_000)).isSameAs(clip);
    }

    @ParameterizedTest
    @CsvSource({"7999, 24000, fromHz: 7999", "24000, 0, toHz: 0", "24000, 23999, toHz: 23999"})
    void otherRatesAreRefused(int fromHz, int toHz, String message) {
        assertThatThrownBy(() -> new Resampler(fromHz, toHz))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message + " (expected: one of [8000, ");
    }

    private static short[] resample(short[] in, int fromHz, int toHz, int... cuts) {
        Resampler resampler = new Resampler(fromHz, toHz);
        ByteBuf pcm = buffer(in);
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            int from = 0;
            for (int cut : cuts) {
                resampler.feed(pcm.slice(2 * from, 2 * (cut - from)), out);
                from = cut;
            }
            resampler.feed(pcm.slice(2 * from, 2 * (in.length - from)), out);
            resampler.flush(out);
            return samples(out);
        } finally {
            pcm.release();
            out.release();
        }
    }

    /** Level of the middle of {@code samples} below that of a tone of {@link #AMPLITUDE}; the ends are cut sharply. */
    private static double levelDb(short[] samples, int rateHz) {
        int edge = rateHz / 40;
        double energy = 0;
        for (int i = edge; i < samples.length - edge; i++) energy += (double) samples[i] * samples[i];
        return 10 * Math.log10(energy / (samples.length - 2 * edge) / (AMPLITUDE * AMPLITUDE / 2));
    }

    private static short[] tone(int rateHz, double toneHz, int samples) {
        short[] tone = new short[samples];
        for (int i = 0; i < samples; i++) {
            tone[i] = (short) Math.round(AMPLITUDE * Math.sin(2 * Math.PI * toneHz * i / rateHz));
        }
        return tone;
    }

    private static short[] noise(int samples, long seed) {
        Random random = new Random(seed);
        short[] noise = new short[samples];
        for (int i = 0; i < samples; i++) noise[i] = (short) random.nextInt();
        return noise;
    }

    private static ByteBuf buffer(short[] samples) {
        ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(2 * samples.length + 1);
        for (short sample : samples) buffer.writeShortLE(sample);
        return buffer;
    }

    private static short[] samples(ByteBuf pcm) {
        short[] samples = new short[Pcm16.samplesIn(pcm)];
        for (int i = 0; i < samples.length; i++) samples[i] = pcm.getShortLE(pcm.readerIndex() + 2 * i);
        return samples;
    }
}
