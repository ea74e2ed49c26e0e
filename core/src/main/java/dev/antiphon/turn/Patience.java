package dev.antiphon.turn;

/**
 * {@code semantic_vad}: how long a silence must last to be the end of what this speaker had to say, from how it sounded.
 * It knows no words.
 *
 * <p>Threading: confined to its caller.
 */
final class Patience {
    /*
     * Finality is 1 where the speaker sounds finished and 0 where he sounds as if he went on. It begins at NEUTRAL and is
     * moved by [1]
     *
     *   the last melody       falling: finished. Level or a little up: goes on. Far up, as lists go on and questions
     *                         end: goes on, but less surely.
     *   a held last sound     "uhm": goes on.
     *   the voice's strength  dying away: finished.
     *   little said so far    goes on.
     *
     * The silence asked for lies between what is clearly longer than this speaker's usual pause (finality 1) and the
     * longest wait (finality 0), on a logarithmic scale, and is never below LEAST_MILLIS. While somebody speaks it is the
     * longest wait.
     *
     * As with the noise floor, nothing here depends on a setting or on a decision: speech has its own level, that of
     * threshold 0.5. So a greater longest wait never ends a turn sooner, and a wrong end does not spoil the next one.
     *
     * [1] A. Gravano, J. Hirschberg, "Turn-taking cues in task-oriented dialogue", Computer Speech & Language 25(3), 2011.
     */
    static final int LEAST_MILLIS = 300;

    private static final int FRAME_MILLIS = 10;
    private static final double SPEECH_MARGIN_DB = 7.5;
    private static final double LEAST_SPEECH_DBFS = -54;

    // A gap that is shorter belongs to a word; one that is longer was an answer, not a hesitation.
    private static final int LEAST_PAUSE_FRAMES = 20;
    private static final int MOST_PAUSE_FRAMES = 200;
    private static final int RESUMED_FRAMES = 12; // so much speech, and no knock, makes silence a pause within speech

    private static final double NEUTRAL = 0.7;
    private static final double FALLING_SEMITONES = -2;
    private static final double LEVEL_SEMITONES = -0.5;
    private static final double FAR_UP_SEMITONES = 4;
    private static final double FALLING_BONUS = 0.3;
    private static final double LEVEL_MALUS = 0.25;
    private static final double FAR_UP_MALUS = 0.12;
    private static final double HELD_MALUS = 0.45;
    private static final double DECAYED_DB = 6;
    private static final double DECAY_BONUS = 0.1;
    private static final int LITTLE_FRAMES = 40;
    private static final double LITTLE_MALUS = 0.1;

    private final Prosody prosody = new Prosody();
    private final SpeakerPauses pauses = new SpeakerPauses();
    private int silentFrames = MOST_PAUSE_FRAMES + 1;
    private int spokenFrames; // since silence was last longer than a pause
    private int pauseFrames; // the last pause
    private int
            resumedFrames; // since it; what is less than RESUMED_FRAMES is a knock, which says nothing of the speaker

    /** @param samples as {@link FrameMeter} filtered them; lent */
    void add(double[] samples, int count) {
        prosody.add(samples, count);
    }

    void onFrame(double levelDbfs, double noiseDbfs) {
        if (levelDbfs >= Math.max(noiseDbfs + SPEECH_MARGIN_DB, LEAST_SPEECH_DBFS)) onSpeech(levelDbfs);
        else onSilence();
    }

    /** @return never below {@link #LEAST_MILLIS} nor above {@code longestMillis}, and no less for a greater one */
    int silenceMillis(int longestMillis) {
        if (silentFrames == 0) return longestMillis;
        double finality = finality();
        double sureMillis = Math.max(LEAST_MILLIS, Math.min(longestMillis, pauses.clearlyLongerMillis()));
        return (int) Math.round(Math.pow(sureMillis, finality) * Math.pow(longestMillis, 1 - finality));
    }

    private void onSpeech(double levelDbfs) {
        if (silentFrames >= LEAST_PAUSE_FRAMES) {
            pauseFrames = silentFrames;
            resumedFrames = 0;
        }
        silentFrames = 0;
        spokenFrames++;
        resumedFrames = Math.min(RESUMED_FRAMES + 1, resumedFrames + 1);
        if (resumedFrames < RESUMED_FRAMES) return;
        if (resumedFrames == RESUMED_FRAMES && pauseFrames <= MOST_PAUSE_FRAMES) {
            pauses.learn(pauseFrames * FRAME_MILLIS);
        }
        prosody.onSpeech(levelDbfs);
    }

    private void onSilence() {
        if (silentFrames <= MOST_PAUSE_FRAMES) silentFrames++;
        if (silentFrames > MOST_PAUSE_FRAMES) spokenFrames = 0;
        prosody.onSilence(silentFrames);
    }

    private double finality() {
        double finality = NEUTRAL;
        if (prosody.isHeld()) finality -= HELD_MALUS;
        else finality += melody(prosody.movementSemitones());
        if (spokenFrames >= Prosody.FRAMES && prosody.decayDb() >= DECAYED_DB) finality += DECAY_BONUS;
        if (spokenFrames < LITTLE_FRAMES) finality -= LITTLE_MALUS;
        return Math.max(0, Math.min(1, finality));
    }

    private static double melody(double movementSemitones) {
        if (Double.isNaN(movementSemitones)) return 0;
        if (movementSemitones >= FAR_UP_SEMITONES) return -FAR_UP_MALUS;
        double fall = (LEVEL_SEMITONES - movementSemitones) / (LEVEL_SEMITONES - FALLING_SEMITONES);
        return Math.max(0, Math.min(1, fall)) * (FALLING_BONUS + LEVEL_MALUS) - LEVEL_MALUS;
    }
}
