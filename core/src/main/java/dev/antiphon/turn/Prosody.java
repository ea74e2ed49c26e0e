package dev.antiphon.turn;

import java.util.Arrays;

/**
 * How the last half second before a pause sounded: where the melody went, whether the last sound was held, how the voice
 * died away.
 *
 * <p>Threading: confined to its caller.
 */
final class Prosody {
    /*
     * A pause is looked into from its beginning backwards, MEASURED_AT_ONCE moments in each frame of it, so that no
     * single frame has to pay for all. The first 50 ms of silence are none: the closed lips of a p are as long. So a
     * pause is understood after 180 ms.
     */
    static final int FRAMES = 50;
    private static final int FIRST_PAUSE_FRAME = 6;
    private static final int MEASURED_AT_ONCE = 4;

    private static final int MELODY_FRAMES = 30; // what counts as the final movement
    private static final int LEAST_VOICED_FRAMES = 6;
    private static final double MOST_OFF_SEMITONES = 7; // further from the middle: an octave mistaken
    private static final int GAP_FRAMES = 2;
    private static final int LEAST_SYLLABLE_FRAMES = 10;
    private static final double JUMP_SEMITONES = 2;
    private static final int LEAST_HELD_FRAMES = 30;
    private static final double MOST_HELD_SEMITONES = 1;

    private final PitchMeter pitch = new PitchMeter();
    private final double[] semitones = new double[FRAMES]; // by frames before the pause; not a number: no voice
    private final double[] sorted = new double[MELODY_FRAMES];
    private final double[] levels = new double[FRAMES]; // ring, dBFS, of the last frames of speech
    private int nextLevel;
    private int measured;

    private double movementSemitones;
    private int heldFrames;
    private double decayDb;

    Prosody() {
        Arrays.fill(levels, Double.NaN);
        forget();
    }

    void add(double[] samples, int count) {
        pitch.add(samples, count);
    }

    /** Somebody speaks: what was found out about the last pause is of no interest any more. */
    void onSpeech(double levelDbfs) {
        levels[nextLevel] = levelDbfs;
        nextLevel = (nextLevel + 1) % FRAMES;
        if (measured > 0) forget();
    }

    /** @param pauseFrames silent frames with this one */
    void onSilence(int pauseFrames) {
        if (pauseFrames < FIRST_PAUSE_FRAME || measured == FRAMES) return;
        for (int i = 0; i < MEASURED_AT_ONCE && measured < FRAMES; i++) {
            semitones[measured] = pitch.semitones(pauseFrames + measured);
            measured++;
        }
        if (measured < FRAMES) return;
        movementSemitones = movement();
        heldFrames = held();
        decayDb = decay();
    }

    /** Of the melody over the last syllable, 300 ms at most, positive upwards; not a number: too little voice to tell. */
    double movementSemitones() {
        return movementSemitones;
    }

    /** The last sound was held, neither rising nor falling, so long that it is no syllable of a word but an "uhm". */
    boolean isHeld() {
        return heldFrames >= LEAST_HELD_FRAMES;
    }

    /** How much softer the last quarter of a second of speech was than the one before; not a number: too little of it. */
    double decayDb() {
        return decayDb;
    }

    private void forget() {
        measured = 0;
        movementSemitones = Double.NaN;
        heldFrames = 0;
        decayDb = Double.NaN;
    }

    private double movement() {
        int last = 0;
        while (last < FRAMES && Double.isNaN(semitones[last])) last++;
        if (last == FRAMES) return Double.NaN;
        int first = syllableStart(last);
        return slope(last, first) * (first - last);
    }

    /** How far back the last syllable goes that is long enough to have a melody, exclusive. */
    private int syllableStart(int last) {
        int most = Math.min(FRAMES, last + MELODY_FRAMES);
        int voiced = last;
        for (int i = last + 1; i < most; i++) {
            if (Double.isNaN(semitones[i])) continue;
            boolean isOther =
                    i - voiced > GAP_FRAMES + 1 || Math.abs(semitones[i] - semitones[voiced]) > JUMP_SEMITONES;
            if (isOther && voiced - last >= LEAST_SYLLABLE_FRAMES) return voiced + 1;
            voiced = i;
        }
        return voiced + 1;
    }

    /** Semitones a frame, forward in time, of the straight line that fits best. */
    private double slope(int from, int to) {
        double middle = median(from, to);
        int count = 0;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumXy = 0;
        for (int i = from; i < to; i++) {
            double y = semitones[i] - middle;
            if (!(Math.abs(y) <= MOST_OFF_SEMITONES)) continue;
            count++;
            sumX += i;
            sumY += y;
            sumXx += (double) i * i;
            sumXy += i * y;
        }
        if (count < LEAST_VOICED_FRAMES) return Double.NaN;
        return -(count * sumXy - sumX * sumY) / (count * sumXx - sumX * sumX);
    }

    private double median(int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            if (!Double.isNaN(semitones[i])) sorted[count++] = semitones[i];
        }
        if (count == 0) return Double.NaN;
        Arrays.sort(sorted, 0, count);
        return sorted[count / 2];
    }

    /** Frames of the last unbroken voice, as far back as it stays within a semitone. */
    private int held() {
        int last = 0;
        while (last < FRAMES && Double.isNaN(semitones[last])) last++;
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        int end = last;
        for (int i = last; i < FRAMES && i - end <= GAP_FRAMES; i++) {
            if (Double.isNaN(semitones[i])) continue;
            lowest = Math.min(lowest, semitones[i]);
            highest = Math.max(highest, semitones[i]);
            if (highest - lowest > MOST_HELD_SEMITONES) break;
            end = i;
        }
        return end - last + 1;
    }

    private double decay() {
        double older = 0;
        double newer = 0;
        for (int i = 0; i < FRAMES / 2; i++) {
            older += levels[(nextLevel + i) % FRAMES];
            newer += levels[(nextLevel + FRAMES / 2 + i) % FRAMES];
        }
        return (older - newer) / (FRAMES / 2.0);
    }
}
