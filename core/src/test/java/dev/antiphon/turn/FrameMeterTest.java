package dev.antiphon.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.SharedFiles;
import dev.antiphon.testing.Sound;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The meter's arithmetic against the same written down sample by sample: what it measures decides turns, and nothing it
 * does for speed may change a decision. Sums in another order differ in their last bits; how sound is cut changes none.
 */
class FrameMeterTest {
    /** The definition. */
    private static final class Plain {
        int samples;
        double energy;
        double neighbours;
        double lastInput;
        double lastMiddle;
        double lastOutput;
        double meanSquare;
        boolean voiceLike;

        boolean add(short sample) {
            double middle = sample - lastInput + 0.97 * lastMiddle + 1e-9;
            double output = middle - lastMiddle + 0.97 * lastOutput + 1e-9;
            energy += output * output;
            neighbours += output * lastOutput;
            lastInput = sample;
            lastMiddle = middle;
            lastOutput = output;
            if (++samples < 240) return false;
            meanSquare = energy / 240;
            voiceLike = neighbours >= 0.3 * energy;
            samples = 0;
            energy = 0;
            neighbours = 0;
            return true;
        }
    }

    static Stream<Sound> sounds() {
        Random random = new Random(5);
        double[] extremes = new double[24_000];
        for (int i = 0; i < extremes.length; i++) extremes[i] = random.nextBoolean() ? 40_000 : -40_000;
        return Stream.of(
                Sound.silence(500),
                Sound.constant(-32_768, 500),
                Sound.tone(50, -10, 700),
                Sound.voice(110, 220, -25, 900).then(Sound.silence(300)),
                Sound.whiteNoise(-3, 1_000, 3),
                Sound.softNoise(-60, 1_000, 4),
                new Sound(extremes));
    }

    @ParameterizedTest
    @MethodSource("sounds")
    void everyLevelIsTheDefinitionsHoweverTheSoundIsCut(Sound sound) {
        assertSame(sound.toPcm16());
    }

    @Test
    void soAreThoseOfRecordedSpeech() {
        for (Path file : SharedFiles.requireAll("audio", ".wav")) {
            assertSame(Sound.recorded(file).toPcm16());
        }
    }

    private static void assertSame(short[] samples) {
        byte[] pcm = new byte[3 + 2 * samples.length];
        for (int i = 0; i < samples.length; i++) {
            pcm[3 + 2 * i] = (byte) samples[i];
            pcm[4 + 2 * i] = (byte) (samples[i] >> 8);
        }
        Random cuts = new Random(samples.length);
        FrameMeter meter = new FrameMeter();
        FrameMeter deaf = new FrameMeter();
        FrameMeter uncut = new FrameMeter();
        Plain plain = new Plain();
        double[] filtered = new double[FrameMeter.FRAME_SAMPLES];
        double[] expected = new double[FrameMeter.FRAME_SAMPLES];
        for (int at = 0; at < samples.length; ) {
            int count = Math.min(samples.length - at, 1 + cuts.nextInt(meter.missingSamples()));
            boolean isWhole = meter.add(pcm, 3 + 2 * at, count, filtered);
            assertThat(deaf.add(pcm, 3 + 2 * at, count, null)).isEqualTo(isWhole);
            boolean isPlainWhole = false;
            for (int i = 0; i < count; i++) {
                int place = plain.samples;
                isPlainWhole = plain.add(samples[at + i]);
                expected[place] = plain.lastOutput;
            }
            assertThat(isWhole).isEqualTo(isPlainWhole);
            assertThat(meter.partSamples()).isEqualTo(plain.samples);
            at += count;
            if (!isWhole) continue;
            assertThat(uncut.add(pcm, 3 + 2 * (at - FrameMeter.FRAME_SAMPLES), FrameMeter.FRAME_SAMPLES, null))
                    .isTrue();
            assertThat(filtered).containsExactly(expected, within(1e-6));
            assertThat(meter.meanSquare()).isCloseTo(plain.meanSquare, within(1e-6 + 1e-8 * plain.meanSquare));
            assertThat(meter.isVoiceLike()).isEqualTo(plain.voiceLike);
            for (FrameMeter tried : new FrameMeter[] {deaf, uncut}) {
                assertThat(Double.doubleToLongBits(tried.meanSquare()))
                        .isEqualTo(Double.doubleToLongBits(meter.meanSquare()));
                assertThat(tried.isVoiceLike()).isEqualTo(meter.isVoiceLike());
            }
        }
    }
}
