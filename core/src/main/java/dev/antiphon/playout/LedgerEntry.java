package dev.antiphon.playout;

import dev.antiphon.audio.AudioFormat;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The account of one spoken output item: samples <i>generated</i> by the model, <i>sent</i> to the client,
 * <i>acknowledged</i> by it and <i>heard</i>, and the transcript with a mark for each of its pieces.
 *
 * <p>All are counted in what the client plays: an answer at half the speed has twice the samples. ADR 0006.
 *
 * <p>{@code heard ≤ sent ≤ generated} always. Until somebody knows better, what was sent counts as heard.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class LedgerEntry {
    /*
     * What was heard, in words. A provider's transcript carries no times. Two facts bound them:
     *
     *  1. A piece that came when G samples had been generated is spoken at G or later (the transcript runs ahead of the
     *     sound, never behind). So pieces marked later than the last heard sample were not heard.
     *  2. Speech is even enough that the heard share of the samples is about the heard share of the characters. While
     *     the model has not finished, the whole length is not known; the text so far takes at least as long as it takes
     *     to say it.
     *
     * The smaller of both, back to the last whole word, is what the model is told. ADR 0003.
     */

    /** English speech of gpt-audio runs at 16.7 and 18.8 in two recordings; slower than both, to never overstate. */
    private static final int CHARACTERS_PER_SECOND = 15;

    private static final int FIRST_MARKS = 8;
    private static final int FIRST_CHARACTERS = 128;

    private final AudioFormat format;
    private final double charactersPerSecond;
    private @Nullable StringBuilder growing; // null: nothing is added any more
    private CharSequence transcript; // what grows, or else a string
    private long[] markSamples = new long[FIRST_MARKS];
    private int[] markCharacters = new int[FIRST_MARKS];
    private int marks;

    private long generatedSamples;
    private long sentSamples;
    private long acknowledgedSamples;
    private long heardLimitSamples = Long.MAX_VALUE;
    private boolean heardByClient; // the limit is the client's own word, not our estimate
    private boolean generationEnded;

    LedgerEntry(AudioFormat format, double speedRatio) {
        StringBuilder empty = new StringBuilder(FIRST_CHARACTERS);
        growing = empty;
        transcript = empty;
        this.format = format;
        this.charactersPerSecond = CHARACTERS_PER_SECOND * speedRatio;
    }

    public void onTranscript(String delta) {
        if (growing == null) throw new IllegalStateException("transcript: settled (expected: nothing more)");
        growing.append(delta);
        // Of the pieces that came at one moment, the last says how far all of them go.
        if (marks == 0 || markSamples[marks - 1] != generatedSamples) marks++;
        if (marks > markSamples.length) {
            markSamples = Arrays.copyOf(markSamples, 2 * marks);
            markCharacters = Arrays.copyOf(markCharacters, 2 * marks);
        }
        markSamples[marks - 1] = generatedSamples;
        markCharacters[marks - 1] = growing.length();
    }

    /** Nothing is added to the transcript any more; it may be kept for as long as the session lasts. */
    public void settle() {
        growing = null;
        transcript = transcript.toString();
        markSamples = Arrays.copyOf(markSamples, marks);
        markCharacters = Arrays.copyOf(markCharacters, marks);
    }

    public void onGenerated(long samples) {
        generatedSamples += samples;
    }

    void onSent(long samples) {
        sentSamples += samples;
        if (sentSamples > generatedSamples) {
            throw new IllegalStateException(
                    "sent: " + sentSamples + " (expected: <= generated " + generatedSamples + ")");
        }
    }

    /** The client says how far it has played; never more than was sent, never back. */
    public void onAcknowledged(long samples) {
        acknowledgedSamples = Math.max(acknowledgedSamples, Math.min(samples, sentSamples));
    }

    /** The model said all it had to say. */
    public void onGenerationEnded() {
        generationEnded = true;
    }

    /**
     * The client says that it stopped playing here. Clamps, never refuses: wall-clock clients overshoot.
     *
     * @return the samples that count as heard now
     */
    public long truncate(long samples) {
        heardLimitSamples = Math.min(Math.max(samples, 0), sentSamples);
        heardByClient = true;
        return heardLimitSamples;
    }

    /** Our own guess of where the client stopped playing; gives way to the client's word. */
    void estimateHeard(long samples) {
        if (heardByClient) return;
        heardLimitSamples = Math.max(acknowledgedSamples, Math.min(Math.max(samples, 0), sentSamples));
    }

    public long generatedSamples() {
        return generatedSamples;
    }

    public long sentSamples() {
        return sentSamples;
    }

    public long acknowledgedSamples() {
        return acknowledgedSamples;
    }

    public long heardSamples() {
        return Math.min(sentSamples, heardLimitSamples);
    }

    /** Whether {@link #heardSamples} is our guess, not the client's word. */
    public boolean isHeardEstimated() {
        return !heardByClient && acknowledgedSamples < heardSamples();
    }

    public long millisOf(long samples) {
        return format.millisOf(samples);
    }

    public long samplesInMillis(long millis) {
        return format.samplesInMillis(millis);
    }

    /** All that was generated so far. */
    public String transcript() {
        return transcript.toString();
    }

    /** Whether the person heard the whole answer. An answer without any sound was read, hence heard. */
    public boolean isHeardWhole() {
        return generationEnded && heardSamples() >= generatedSamples;
    }

    /** The part of the transcript that was heard; empty: nothing of it. */
    public String heardTranscript() {
        if (isHeardWhole()) return transcript.toString();
        int characters = Math.min(charactersMarkedUntil(heardSamples()), charactersByShare(heardSamples()));
        return transcript.subSequence(0, backToWordLimit(characters)).toString();
    }

    private int charactersMarkedUntil(long samples) {
        if (samples == 0) return 0;
        int characters = 0;
        for (int i = 0; i < marks && markSamples[i] <= samples; i++) characters = markCharacters[i];
        return characters;
    }

    private int charactersByShare(long samples) {
        long whole = generatedSamples;
        if (!generationEnded) {
            long spokenSamples = (long) (transcript.length() * format.sampleRateHz() / charactersPerSecond);
            whole = Math.max(whole, spokenSamples);
        }
        return whole == 0 ? 0 : (int) (transcript.length() * Math.min(samples, whole) / whole);
    }

    private int backToWordLimit(int characters) {
        if (characters == 0 || characters == transcript.length()) return characters;
        int end = characters;
        if (isInsideWord(end)) {
            while (end > 0 && !Character.isWhitespace(transcript.charAt(end - 1))) end--;
        }
        while (end > 0 && Character.isWhitespace(transcript.charAt(end - 1))) end--;
        return end;
    }

    private boolean isInsideWord(int index) {
        char next = transcript.charAt(index);
        if (Character.isLowSurrogate(next) || next == '\'') return true;
        return Character.isLetterOrDigit(transcript.charAt(index - 1)) && Character.isLetterOrDigit(next);
    }
}
