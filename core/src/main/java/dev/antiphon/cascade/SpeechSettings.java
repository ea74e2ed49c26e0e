package dev.antiphon.cascade;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who speaks, and in what portions.
 *
 * <p>Threading: immutable.
 *
 * @param model of {@code /audio/speech}
 * @param voices of the speech model, by the names clients use
 * @param otherVoice for a name that is not in {@code voices}; null: that very name
 * @param instructions how to speak; null: as the voice does
 * @param sentencesAhead how many sentences are synthesised while one is played; at least 1
 */
public record SpeechSettings(
        String model,
        Map<String, String> voices,
        @Nullable String otherVoice,
        @Nullable String instructions,
        int sentencesAhead,
        Portions portions) {

    public SpeechSettings {
        if (model.isEmpty()) throw new IllegalArgumentException("speech model: empty (expected: a name)");
        if (sentencesAhead < 1 || sentencesAhead > 8) {
            throw new IllegalArgumentException("sentencesAhead: " + sentencesAhead + " (expected: 1 to 8)");
        }
        voices = Map.copyOf(voices);
    }

    /** The names of voices as clients use them, one sentence ahead. */
    public static SpeechSettings of(String model) {
        return new SpeechSettings(model, Map.of(), null, null, 1, Portions.DEFAULT);
    }

    String voiceFor(String asked) {
        String voice = voices.get(asked);
        if (voice != null) return voice;
        return otherVoice == null ? asked : otherVoice;
    }

    /**
     * How an answer is cut.
     *
     * @param firstClauseChars from so many characters on the first portion may end at a comma, for a quick first sound;
     *     0: only at the end of a sentence
     * @param leastChars a sentence shorter than this is spoken together with the next; the first is not
     * @param mostChars a longer portion is cut between two words; the providers' own limit is 4,096
     */
    public record Portions(int firstClauseChars, int leastChars, int mostChars) {
        public static final Portions DEFAULT = new Portions(24, 16, 280);

        public Portions {
            if (firstClauseChars < 0 || leastChars < 0) {
                throw new IllegalArgumentException(
                        "firstClauseChars: " + firstClauseChars + ", leastChars: " + leastChars + " (expected: >= 0)");
            }
            if (mostChars < 40 || mostChars > 4_096) {
                throw new IllegalArgumentException("mostChars: " + mostChars + " (expected: 40 to 4096)");
            }
        }
    }
}
