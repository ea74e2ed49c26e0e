package dev.antiphon.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.antiphon.testing.Sound;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PitchMeterTest {
    @ParameterizedTest
    @ValueSource(doubles = {70, 85, 110, 147, 200, 261, 330, 390})
    void aVoiceIsAsHighAsItsPeriodToTheThirdOfASemitone(double hz) {
        PitchMeter meter = heard(Sound.voice(hz, hz, -25, 300));
        assertThat(meter.semitones(0)).isCloseTo(semitonesOf(hz), within(0.33));
        assertThat(meter.semitones(10)).isCloseTo(semitonesOf(hz), within(0.33));
    }

    @ParameterizedTest
    @ValueSource(doubles = {85, 110, 200, 261, 330})
    void noiseTenDecibelsBelowChangesLittle(double hz) {
        PitchMeter meter = heard(Sound.voice(hz, hz, -25, 300).over(Sound.whiteNoise(-35, 300, 1)));
        assertThat(meter.semitones(0)).isCloseTo(semitonesOf(hz), within(0.5));
    }

    @Test
    void aMomentAgoIsMeasuredWhereItWas() {
        PitchMeter meter = heard(Sound.voice(100, 200, -25, 400));
        // The window of 30 ms ends 200 ms ago; its middle and that of the period before it lie some 20 ms earlier.
        assertThat(meter.semitones(20)).isCloseTo(semitonesOf(100) + 12 * 180 / 400.0, within(0.5));
    }

    @Test
    void noiseAndSilenceHaveNone() {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(heard(Sound.whiteNoise(-25, 300, seed)).semitones(0)).isNaN();
        }
        assertThat(heard(Sound.silence(300)).semitones(0)).isNaN();
    }

    @Test
    void whatWasNeverHeardOrIsForgottenHasNone() {
        PitchMeter meter = heard(Sound.voice(120, 120, -25, 100));
        assertThat(meter.semitones(0)).isNotNaN();
        assertThat(meter.semitones(6)).isNaN();
        assertThat(heard(Sound.voice(120, 120, -25, 2_000)).semitones(110)).isNaN();
    }

    private static PitchMeter heard(Sound sound) {
        PitchMeter meter = new PitchMeter();
        short[] pcm = sound.toPcm16();
        double[] samples = new double[pcm.length];
        for (int i = 0; i < pcm.length; i++) samples[i] = pcm[i];
        meter.add(samples, samples.length);
        return meter;
    }

    private static double semitonesOf(double hz) {
        return 12 * Math.log(hz) / Math.log(2);
    }
}
