package dev.antiphon.server.twin.speech;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Resampler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The latest minutes of what the {@link Speakers} of this process have said, with its words. This is no recognition of
 * speech: a sound is known again when it is the same sound, sample by sample, though its rate may be another.
 *
 * <p>Threading: thread-safe; {@link #wordsOf} takes milliseconds, so never on an event loop.
 */
public final class KnownSpeech {
    /*
     * heard   ________/\/\/\/\____/\/\/\_______       8 kHz, silence around and between
     * known        __/\/\/\/\__  __/\/\/\__           each laid so that both begin to sound together, then shifted by
     *              └ one sentence  └ the next     up to 12 ms to where they correlate best
     */
    /** The client and the model of a demonstration live in one process, and so do their mouths. */
    static final KnownSpeech OF_THIS_PROCESS = new KnownSpeech(300_000);

    private static final int COMPARED_HZ = 8_000;
    private static final float AUDIBLE = 328; // -40 dBFS
    private static final int MOST_SHIFT_SAMPLES = 96;
    /** Enough to tell most sentences apart; the rest of a sentence is compared only behind the same beginning. */
    private static final int BEGINNING_SAMPLES = 2_000;
    /** Telephone codecs and resampling leave more than 0.9; two sentences of one voice have less than 0.5 in common. */
    private static final double LEAST_CORRELATION = 0.85;

    private static final double LEAST_BEGINNING_CORRELATION = 0.7;
    /** What a filter leaves behind an end in the middle of a wave. */
    private static final int RINGING_SAMPLES = 32;
    /** How much of the last word may be missing: what a turn detector cuts off. */
    private static final int MISSING_SAMPLES = 400;

    private final long mostMillis;
    private final Map<String, Known> byVoiceAndWords = new LinkedHashMap<>(); // the oldest first
    private long millis;

    /** @param mostMillis of speech; beyond it the oldest is forgotten */
    KnownSpeech(long mostMillis) {
        this.mostMillis = mostMillis;
    }

    /** What this process has said. */
    public static KnownSpeech ofThisProcess() {
        return OF_THIS_PROCESS;
    }

    void remember(String words, TwinVoice as, AudioClip speech) {
        remember(words, as, 1, speech);
    }

    synchronized void remember(String words, TwinVoice as, double speedRatio, AudioClip speech) {
        String key = as + " " + speedRatio + " " + words;
        Known before = byVoiceAndWords.remove(key);
        if (before != null) millis -= before.speech.millis();
        byVoiceAndWords.put(key, new Known(words.strip(), speech));
        millis += speech.millis();
        for (Iterator<Known> oldest = byVoiceAndWords.values().iterator(); millis > mostMillis; oldest.remove()) {
            millis -= oldest.next().speech.millis();
        }
    }

    /** The words of a clip that is known speech from its beginning to its end; null: some of it is not; empty: silence. */
    public @Nullable String wordsOf(AudioClip heard) {
        float[] sound = samplesOf(heard);
        List<Known> candidates = newestFirst();
        List<String> words = new ArrayList<>();
        int end = 0;
        int onset = onset(sound, 0);
        while (onset >= 0) {
            Match best = null;
            for (Known candidate : candidates) {
                Match match = match(sound, onset - onset(candidate.samples(), 0), candidate);
                // One sentence may end in the middle of a wave, and the next begin within it.
                if (match == null && end > 0) match = match(sound, end, candidate);
                best = better(best, match);
            }
            if (best == null) return null;
            words.add(best.words);
            end = best.endSample;
            onset = onset(sound, end + RINGING_SAMPLES);
        }
        return String.join(" ", words);
    }

    private synchronized List<Known> newestFirst() {
        List<Known> known = new ArrayList<>(byVoiceAndWords.values());
        Collections.reverse(known);
        return known;
    }

    private static @Nullable Match better(@Nullable Match one, @Nullable Match other) {
        if (one == null || other == null) return one == null ? other : one;
        return other.correlation > one.correlation ? other : one;
    }

    /** @param start about where {@code known} begins in {@code sound}   @return null: it does not */
    private static @Nullable Match match(float[] sound, int start, Known known) {
        float[] speech = known.samples();
        int speechOnset = onset(speech, 0);
        if (speechOnset < 0) return null;
        int bestStart = start;
        double best = -1;
        for (int shift = -MOST_SHIFT_SAMPLES; shift <= MOST_SHIFT_SAMPLES; shift++) {
            double correlation = correlation(sound, start + shift, speech, speechOnset + BEGINNING_SAMPLES);
            if (correlation <= best) continue;
            best = correlation;
            bestStart = start + shift;
        }
        if (best < LEAST_BEGINNING_CORRELATION) return null;
        if (sound.length - bestStart < lastAudible(speech) - MISSING_SAMPLES) return null;
        double whole = correlation(sound, bestStart, speech, speech.length);
        return whole < LEAST_CORRELATION ? null : new Match(known.words, bestStart + speech.length, whole);
    }

    /** Of the first {@code count} samples of {@code speech} with those of {@code sound} from {@code start}: -1 to 1. */
    private static double correlation(float[] sound, int start, float[] speech, int count) {
        int from = Math.max(0, -start);
        int to = Math.min(Math.min(count, speech.length), sound.length - start);
        float both = 0;
        float ofSound = 0;
        float ofSpeech = 0;
        for (int i = from; i < to; i++) {
            float heard = sound[start + i];
            float said = speech[i];
            both += heard * said;
            ofSound += heard * heard;
            ofSpeech += said * said;
        }
        return ofSound == 0 || ofSpeech == 0 ? -1 : both / Math.sqrt((double) ofSound * ofSpeech);
    }

    private static int onset(float[] samples, int from) {
        for (int i = Math.max(0, from); i < samples.length; i++) if (Math.abs(samples[i]) >= AUDIBLE) return i;
        return -1;
    }

    private static int lastAudible(float[] samples) {
        int at = samples.length - 1;
        while (at >= 0 && Math.abs(samples[at]) < AUDIBLE) at--;
        return at;
    }

    private static float[] samplesOf(AudioClip clip) {
        byte[] pcm = Resampler.resample(clip, COMPARED_HZ).toByteArray();
        float[] samples = new float[pcm.length / 2];
        for (int i = 0; i < samples.length; i++) samples[i] = (short) ((pcm[2 * i] & 0xff) | (pcm[2 * i + 1] << 8));
        return samples;
    }

    private record Match(String words, int endSample, double correlation) {}

    /** One sentence; what it is compared by is made when it is first asked for. */
    private static final class Known {
        final String words;
        final AudioClip speech;
        private volatile float @Nullable [] samples; // made by whichever worker comes first, always the same

        Known(String words, AudioClip speech) {
            this.words = words;
            this.speech = speech;
        }

        float[] samples() {
            float[] made = samples;
            if (made == null) samples = made = samplesOf(speech);
            return made;
        }
    }
}
