package dev.antiphon.bench.report;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.testing.Sound;

/**
 * One turn of a person over noise, quiet before and after, of which is known where it begins and ends.
 *
 * <p>Threading: immutable.
 *
 * @param sound at 24 kHz
 * @param startSample where the voice begins
 * @param endSample where it ends, exclusive
 */
record TurnScene(Sound sound, long startSample, long endSample) {
    static final int LEAD_MILLIS = 4_000;
    static final int REST_MILLIS = 10_000; // more than the longest wait there is
    static final double SPEECH_DBFS = -25;

    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

    /** Noise with nobody in it. */
    static TurnScene empty(Sound sound) {
        return new TurnScene(sound, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** @param noise repeated as long as needed, so many dB softer than {@link #SPEECH_DBFS} */
    static TurnScene of(Sound speech, Sound noise, int snrDb) {
        Sound audible = speech.audible();
        Sound clean = Sound.silence(LEAD_MILLIS).then(audible).then(Sound.silence(REST_MILLIS));
        long start = FORMAT.samplesInMillis(LEAD_MILLIS);
        return new TurnScene(clean.over(noise.at(SPEECH_DBFS - snrDb)), start, start + audible.samples().length);
    }
}
