package dev.antiphon.server.twin.speech;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text cut where a speaker draws breath, so that the first words can sound before the last are made. Nothing is lost. */
public final class Sentences {
    /** About ten seconds of speech: what is synthesised in one go. */
    private static final int MAX_CHARS = 160;

    private static final Pattern SENTENCE = Pattern.compile(".+?(?:[.!?]+[\"'”’)]*(?=\\s)|$)", Pattern.DOTALL);

    private Sentences() {}

    public static List<String> of(String text) {
        List<String> sentences = new ArrayList<>();
        Matcher matcher = SENTENCE.matcher(text);
        while (matcher.find()) addBreathable(matcher.group(), sentences);
        return sentences;
    }

    private static void addBreathable(String sentence, List<String> out) {
        String rest = sentence;
        while (rest.length() > MAX_CHARS) {
            int cut = Math.max(rest.lastIndexOf(", ", MAX_CHARS) + 1, rest.lastIndexOf("; ", MAX_CHARS) + 1);
            if (cut == 0) cut = rest.lastIndexOf(' ', MAX_CHARS);
            if (cut <= 0) cut = rest.offsetByCodePoints(0, Math.min(MAX_CHARS, rest.codePointCount(0, rest.length())));
            out.add(rest.substring(0, cut));
            rest = rest.substring(cut);
        }
        if (!rest.isEmpty()) out.add(rest);
    }
}
