package dev.antiphon.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.Allocation;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.testing.SharedFiles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoBufferLeaks.class)
class TimeStretchTest {
    private static final int RATE_HZ = 24_000;
    private static final int AMPLITUDE = 10_000;

    @Test
    void atSpeedOneTheBytesPassUnchangedAndAtOnce() {
        short[] in = noise(5_000, 1);
        TimeStretch stretch = new TimeStretch(1);
        ByteBuf pcm = buffer(in);
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            stretch.feed(pcm, out);
            assertThat(samples(out)).isEqualTo(in);
            stretch.flush(out);
            assertThat(samples(out)).isEqualTo(in);
            assertThat(pcm.readableBytes()).isEqualTo(2 * in.length);
        } finally {
            pcm.release();
            out.release();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.3, 0.5, 0.77, 0.99, 1, 1.01, 1.25, 1.5})
    void theLengthIsExactlyThatOfTheSpeed(double speed) {
        TimeStretch stretch = new TimeStretch(speed);
        for (int samples = 0; samples < 4_000; samples += samples < 40 ? 1 : 37) {
            assertThat(stretched(stretch, noise(samples, samples)))
                    .hasSize((int) Math.round(samples / speed))
                    .hasSize((int) stretch.outputSamplesOf(samples));
        }
        assertThat(stretched(stretch, noise(100_003, 1))).hasSize((int) Math.round(100_003 / speed));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 0.8, 1.1, 1.5})
    void noMoreComesOutThanWhatCameInAmountsToAndNotMuchLater(double speed) {
        int lookaheadSamples = 46 * RATE_HZ / 1000;
        int hopSamples = 360; // comes out at once
        TimeStretch stretch = new TimeStretch(speed);
        ByteBuf pcm = buffer(noise(20_000, 2));
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            for (int fed = 0; fed < 20_000; fed += 50) {
                stretch.feed(pcm.slice(2 * fed, 100), out);
                long due = stretch.outputSamplesOf(fed + 50);
                long least = due - (long) (lookaheadSamples / speed) - hopSamples;
                assertThat((long) Pcm16.samplesIn(out)).isBetween(least, due);
            }
        } finally {
            pcm.release();
            out.release();
        }
    }

    @ParameterizedTest(name = "{0} Hz at speed {1}")
    @CsvSource({
        "100, 0.25", "100, 0.5", "100, 0.8", "100, 1.2", "100, 1.5",
        "220, 0.25", "220, 0.5", "220, 0.8", "220, 1.2", "220, 1.5",
        "1000, 0.25", "1000, 0.5", "1000, 0.8", "1000, 1.2", "1000, 1.5",
        "3400, 0.25", "3400, 0.5", "3400, 0.8", "3400, 1.2", "3400, 1.5"
    })
    void aToneKeepsItsPitchAndDoesNotClick(double toneHz, double speed) {
        short[] in = tone(toneHz, 2 * RATE_HZ);
        short[] out = stretched(new TimeStretch(speed), in);
        assertThat(pitchHz(out)).isCloseTo(toneHz, within(toneHz / 100));
        // The steepest step of the tone itself, to which a cross-fade adds a little.
        double steepest = AMPLITUDE * 2 * Math.PI * toneHz / RATE_HZ;
        for (int i = 1; i < out.length; i++) {
            assertThat((double) Math.abs(out[i] - out[i - 1]))
                    .as("step at %d of %d", i, out.length)
                    .isLessThan(1.15 * steepest + 60);
        }
        assertThat(levelDb(out)).as("waves add up, they do not cancel").isCloseTo(levelDb(in), within(0.3));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 1.1, 1.5})
    void theSameSamplesComeOutHoweverTheyAreCut(double speed) {
        short[] in = voice(2_600);
        short[] whole = stretched(new TimeStretch(speed), in);
        for (int cut = 0; cut <= in.length; cut++) {
            assertThat(stretched(new TimeStretch(speed), in, cut)).isEqualTo(whole);
        }
        int[] everywhere = new int[in.length];
        for (int i = 0; i < in.length; i++) everywhere[i] = i;
        assertThat(stretched(new TimeStretch(speed), in, everywhere)).isEqualTo(whole);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 0.77, 1.1, 1.5})
    void theSameSamplesComeOutHoweverALongStreamIsCut(double speed) {
        short[] in = voice(60_000);
        short[] whole = stretched(new TimeStretch(speed), in);
        Random random = new Random(4);
        for (int run = 0; run < 20; run++) {
            int[] cuts = random.ints(30, 0, in.length).sorted().toArray();
            assertThat(stretched(new TimeStretch(speed), in, cuts)).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 0.8, 1.2, 1.5})
    void everySoundStaysInItsPlace(double speed) {
        short[] in = new short[4 * RATE_HZ];
        short[] burst = tone(500, RATE_HZ / 5);
        for (int from = RATE_HZ / 2; from < in.length; from += RATE_HZ) {
            System.arraycopy(burst, 0, in, from, burst.length);
        }
        short[] out = stretched(new TimeStretch(speed), in);
        int bentSamples = 30 * RATE_HZ / 1000; // of input
        for (int from = RATE_HZ / 2; from < in.length; from += RATE_HZ) {
            assertThat(firstAudible(out, (int) ((from - RATE_HZ / 4) / speed)))
                    .isCloseTo((int) (from / speed), within((int) (bentSamples / speed)));
            int middle = (int) ((from + burst.length / 2) / speed);
            assertThat(levelDb(out, middle, middle + 480)).isCloseTo(levelDb(burst), within(0.5));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 0.8, 1.2, 1.5})
    void theLastSamplesOfTheStreamAreTheLastOnesOut(double speed) {
        short[] in = voice(20_011);
        short[] out = stretched(new TimeStretch(speed), in);
        int same = 0;
        while (same < 20 && out[out.length - 1 - same] == in[in.length - 1 - same]) same++;
        assertThat(same).isEqualTo(20);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5, 0.8, 1.25, 1.5})
    void recordedSpeechKeepsItsLoudnessOverTime(double speed) throws IOException {
        short[] in = recordedQuestion();
        short[] out = stretched(new TimeStretch(speed), in);
        int frame = RATE_HZ / 50; // 20 ms of input
        double[] before = new double[in.length / frame];
        double[] after = new double[before.length];
        for (int i = 0; i < before.length; i++) {
            before[i] = rms(in, i * frame, (i + 1) * frame);
            after[i] = rms(out, (int) (i * frame / speed), (int) ((i + 1) * frame / speed));
        }
        assertThat(correlation(before, after)).as("of the envelopes").isGreaterThan(0.9);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1.5})
    void recordedSpeechKeepsItsPitch(double speed) throws IOException {
        short[] in = recordedQuestion();
        short[] out = stretched(new TimeStretch(speed), in);
        // The pitch of speech glides, and other stretches of it are measured: the limit of 1 % is for tones.
        assertThat(voicePitchHz(out) / voicePitchHz(in)).isCloseTo(1, within(0.08));
    }

    @Test
    void silenceStaysSilence() {
        for (short sample : stretched(new TimeStretch(0.7), new short[30_000]))
            assertThat(sample).isZero();
    }

    @Test
    void resetForgetsWhatWasHeard() {
        short[] in = voice(7_001);
        short[] fresh = stretched(new TimeStretch(0.6), in);
        TimeStretch used = new TimeStretch(0.6);
        ByteBuf pcm = buffer(noise(3_333, 8));
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            used.feed(pcm, out);
            used.reset();
            assertThat(stretched(used, in)).isEqualTo(fresh);
            assertThat(stretched(used, in)).as("after flush").isEqualTo(fresh);
        } finally {
            pcm.release();
            out.release();
        }
    }

    /** At speed 1 a reply's buffer goes on as it is; what is left here is Netty's copy, which allocates on JDK 25. */
    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.9, 1.5})
    void nothingIsAllocatedOnTheWay(double speed) {
        TimeStretch stretch = new TimeStretch(speed);
        ByteBuf pcm = buffer(voice(960));
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer(64_000);
        try {
            assertThat(Allocation.bytesOfManyCalls(() -> {
                        out.clear();
                        stretch.feed(pcm, out);
                    }))
                    .isZero();
        } finally {
            pcm.release();
            out.release();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.24, 1.51, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void otherSpeedsAreRefused(double speed) {
        assertThatThrownBy(() -> new TimeStretch(speed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("speedRatio: " + speed + " (expected: 0.25 to 1.5)");
    }

    private static short[] stretched(TimeStretch stretch, short[] in, int... cuts) {
        ByteBuf pcm = buffer(in);
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
        try {
            int from = 0;
            for (int cut : cuts) {
                stretch.feed(pcm.slice(2 * from, 2 * (cut - from)), out);
                from = cut;
            }
            stretch.feed(pcm.slice(2 * from, 2 * (in.length - from)), out);
            stretch.flush(out);
            return samples(out);
        } finally {
            pcm.release();
            out.release();
        }
    }

    private static short[] recordedQuestion() throws IOException {
        byte[] wav = Files.readAllBytes(SharedFiles.require("audio/question-24k-3.3s.wav"));
        return Pcm16.samplesOf(Resampler.resample(Wav.read(wav), RATE_HZ));
    }

    /** Between the first and the last upward crossing of zero. */
    private static double pitchHz(short[] samples) {
        int first = -1;
        int last = -1;
        int periods = -1;
        for (int i = 1; i < samples.length; i++) {
            if (samples[i - 1] >= 0 || samples[i] < 0) continue;
            if (first < 0) first = i;
            last = i;
            periods++;
        }
        return (double) periods * RATE_HZ / (last - first);
    }

    /** The median of all stretches of 20 ms that are periodic: by autocorrelation, 75 to 400 Hz. */
    private static double voicePitchHz(short[] samples) {
        List<Integer> periods = new ArrayList<>();
        int frame = RATE_HZ / 50;
        for (int from = 0; from + frame + RATE_HZ / 75 < samples.length; from += frame) {
            if (rms(samples, from, from + frame) < 300) continue;
            int best = 0;
            double likeness = 0.8;
            for (int lag = RATE_HZ / 400; lag <= RATE_HZ / 75; lag++) {
                double product = 0;
                for (int i = from; i < from + frame; i++) product += (double) samples[i] * samples[i + lag];
                product /= frame * rms(samples, from, from + frame) * rms(samples, from + lag, from + lag + frame);
                if (product <= likeness) continue;
                likeness = product;
                best = lag;
            }
            if (best > 0) periods.add(best);
        }
        assertThat(periods).as("voiced stretches").hasSizeGreaterThan(20);
        Collections.sort(periods);
        return (double) RATE_HZ / periods.get(periods.size() / 2);
    }

    private static int firstAudible(short[] samples, int from) {
        for (int i = from; i < samples.length; i++) {
            if (Math.abs(samples[i]) > AMPLITUDE / 2) return i;
        }
        throw new AssertionError("silence from " + from);
    }

    private static double levelDb(short[] samples) {
        return levelDb(samples, 0, samples.length);
    }

    private static double levelDb(short[] samples, int from, int to) {
        return 20 * Math.log10(rms(samples, from, to));
    }

    private static double rms(short[] samples, int from, int to) {
        double energy = 0;
        for (int i = from; i < to; i++) energy += (double) samples[i] * samples[i];
        return Math.sqrt(energy / (to - from));
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < a.length; i++) {
            meanA += a[i] / a.length;
            meanB += b[i] / b.length;
        }
        double product = 0;
        double energyA = 0;
        double energyB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (a[i] - meanA) * (b[i] - meanB);
            energyA += (a[i] - meanA) * (a[i] - meanA);
            energyB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.sqrt(energyA * energyB);
    }

    private static short[] tone(double toneHz, int samples) {
        short[] tone = new short[samples];
        for (int i = 0; i < samples; i++) {
            tone[i] = (short) Math.round(AMPLITUDE * Math.sin(2 * Math.PI * toneHz * i / RATE_HZ));
        }
        return tone;
    }

    /** Six partials of a gliding pitch and some breath: as periodic as a voice, and no two periods alike. */
    private static short[] voice(int samples) {
        Random random = new Random(11);
        short[] voice = new short[samples];
        double phase = 0;
        for (int i = 0; i < samples; i++) {
            phase += (120 + 60 * Math.sin(i / 9_000.0)) / RATE_HZ;
            double wave = 0;
            for (int k = 1; k <= 6; k++) wave += Math.sin(2 * Math.PI * k * phase) / k;
            voice[i] = (short) (4_000 * wave + 100 * random.nextGaussian());
        }
        return voice;
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
