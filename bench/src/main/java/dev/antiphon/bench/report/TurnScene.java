package dev.antiphon.bench.report;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.testing.Sound;
import java.util.Arrays;

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
    private static final int FRAME_SAMPLES = (int) FORMAT.samplesInMillis(10);
    private static final double AUDIBLE_BELOW_LOUDEST_DB = 25;

    /** Noise with nobody in it. */
    static TurnScene empty(Sound sound) {
        return new TurnScene(sound, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /** @param noise repeated as long as needed, so many dB softer than the speech */
    static TurnScene of(Sound speech, Sound noise, int snrDb) {
        int[] frames = audibleFrames(speech);
        Sound audible = part(speech, frames[0], frames[1]);
        Sound clean = Sound.silence(LEAD_MILLIS).then(audible).then(Sound.silence(REST_MILLIS));
        long start = FORMAT.samplesInMillis(LEAD_MILLIS);
        return new TurnScene(clean.over(noise.at(SPEECH_DBFS - snrDb)), start, start + audible.samples().length);
    }

    /** A recording without the silence around it, at the level of all speech here. */
    static Sound spoken(Sound recording) {
        int[] frames = audibleFrames(recording);
        return part(recording, frames[0], frames[1]).at(SPEECH_DBFS);
    }

    /** The same with silence put in where it is softest, not too near its ends: between two words. */
    static Sound hesitating(Sound spoken, int pauseMillis) {
        double[] levels = spoken.levelsDbfs();
        int softest = levels.length / 4;
        for (int i = softest; i < levels.length * 3 / 4; i++) {
            if (around(levels, i) < around(levels, softest)) softest = i;
        }
        return part(spoken, 0, softest).then(Sound.silence(pauseMillis)).then(part(spoken, softest, levels.length));
    }

    private static double around(double[] levels, int frame) {
        return levels[frame - 1] + levels[frame] + levels[frame + 1];
    }

    private static int[] audibleFrames(Sound sound) {
        double[] levels = sound.levelsDbfs();
        double least = Arrays.stream(levels).max().orElseThrow() - AUDIBLE_BELOW_LOUDEST_DB;
        int first = 0;
        while (levels[first] < least) first++;
        int end = levels.length;
        while (levels[end - 1] < least) end--;
        return new int[] {first, end};
    }

    private static Sound part(Sound sound, int firstFrame, int endFrame) {
        return new Sound(Arrays.copyOfRange(sound.samples(), firstFrame * FRAME_SAMPLES, endFrame * FRAME_SAMPLES));
    }
}
