package dev.antiphon.server.twin.wire;

import dev.antiphon.server.twin.speech.Sentences;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A text spread evenly over the time of its clip, letter by letter: an estimate of when each sentence and word was said.
 *
 * <p>Threading: immutable.
 *
 * @param text of a sentence, or a word without what stands around it
 */
record TimedText(String text, long startMillis, long endMillis) {
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern MARKS = Pattern.compile("^[^\\p{L}\\p{N}]+|[^\\p{L}\\p{N}]+$");

    static List<TimedText> sentences(String text, long clipMillis) {
        return spread(Sentences.of(text), 0, clipMillis);
    }

    /** Of one sentence. */
    List<TimedText> words() {
        List<TimedText> words = new ArrayList<>();
        for (TimedText word : spread(BLANKS.splitAsStream(text.strip()).toList(), startMillis, endMillis)) {
            String letters = MARKS.matcher(word.text).replaceAll("");
            if (!letters.isEmpty()) words.add(new TimedText(letters, word.startMillis, word.endMillis));
        }
        return words;
    }

    private static List<TimedText> spread(List<String> pieces, long startMillis, long endMillis) {
        long chars = Math.max(1, pieces.stream().mapToLong(String::length).sum());
        List<TimedText> spread = new ArrayList<>();
        long before = 0;
        for (String piece : pieces) {
            long start = startMillis + (endMillis - startMillis) * before / chars;
            before += piece.length();
            spread.add(new TimedText(piece, start, startMillis + (endMillis - startMillis) * before / chars));
        }
        return spread;
    }
}
