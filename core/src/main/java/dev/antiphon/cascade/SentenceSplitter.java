package dev.antiphon.cascade;

import dev.antiphon.cascade.SpeechSettings.Portions;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * An answer that arrives in pieces, cut into portions that can be spoken one by one. Nothing is lost or added: the
 * portions, joined, are the text. Where the pieces were cut makes no difference.
 *
 * <p>Threading: confined to its caller.
 */
final class SentenceSplitter {
    /*
     * Scanned from the left, the first of these ends a portion:
     *
     *   . ! ? …      with their closing quotes, before a blank, unless a small letter follows, or the word before the
     *                point is an abbreviation, an initial, or the number of a list entry
     *   ; :          before a blank
     *   。！？；       with their closing quotes, whatever follows
     *   a line end   unless there was nothing on the lines so far
     *   ```          at the start of a line, where a block of code begins; the block is a portion of its own
     *   , – —        before a blank, in the very first portion only
     *   the bound    at the last of ", ; :" before it, or else the last blank, or else there
     *
     * A portion shorter than the least one does not end at the first, second and fourth of these, unless nothing was cut
     * yet: a short greeting is a quick first sound.
     *
     * Where what follows has not come yet, the scan waits. It looks at no more than a few characters ahead, so what waits
     * is never longer than the bound and those.
     */
    private static final String ENDS = ".!?…";
    private static final String CJK_ENDS = "。！？；";
    private static final String CLOSERS = "\"'”’»)]*_`」』）】》";
    private static final int MOST_CLOSERS = 4;
    private static final String FENCE = "```";
    private static final int MOST_INDENT = 3;
    private static final int UNKNOWN = -1;
    private static final int NO = -2;

    private static final Set<String> ABBREVIATIONS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "rev", "hon", "gen", "col", "sgt", "capt", "lt", "vs",
            "etc", "approx", "ca", "cf", "eg", "ie", "inc", "ltd", "co", "corp", "dept", "est", "tel", "jan", "feb",
            "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "bzw", "usw", "evtl", "ggf", "inkl",
            "str", "hr", "fr", "mme", "mlle", "av", "sra", "dra");
    private static final Set<String> BEFORE_NUMBERS = Set.of("no", "nos", "nr", "vol", "fig", "p", "pp", "ch", "art");
    private static final Pattern WITH_POINTS = Pattern.compile("(?:\\p{L}\\.)+\\p{L}");
    private static final Pattern LIST_NUMBER = Pattern.compile("\\s*\\d{1,3}");

    private final Portions portions;
    private final Consumer<Sentence> out;
    private final StringBuilder pending = new StringBuilder();
    private boolean hasCut;
    private boolean isInCode;
    private boolean isLineStart = true; // where pending begins

    SentenceSplitter(Portions portions, Consumer<Sentence> out) {
        this.portions = portions;
        this.out = out;
    }

    void feed(String delta) {
        pending.append(delta);
        cutWhatIsKnown(false);
    }

    /** Nothing follows, or nothing that belongs to these words. */
    void end() {
        cutWhatIsKnown(true);
        if (pending.length() > 0) cut(pending.length(), isInCode || isFenceAt(0, isLineStart, true) > 0);
    }

    private void cutWhatIsKnown(boolean isEnd) {
        while (pending.length() > 0) {
            boolean isCode = isInCode || isFenceAt(0, isLineStart, isEnd) > 0;
            if (!isCode && isFenceAt(0, isLineStart, isEnd) == UNKNOWN) return;
            int end = isCode ? endOfCode(isEnd) : endOfProse(isEnd);
            if (end <= 0) return;
            cut(end, isCode);
        }
    }

    private void cut(int end, boolean isCode) {
        String text = pending.substring(0, end);
        pending.delete(0, end);
        isLineStart = text.endsWith("\n");
        hasCut |= !text.isBlank();
        out.accept(isCode ? Sentence.code(text) : Sentence.prose(text));
    }

    // ---- prose ----

    /** Where the first portion ends; {@link #UNKNOWN}: not yet to be told. */
    private int endOfProse(boolean isEnd) {
        boolean hasWords = false;
        for (int i = 0; i < pending.length(); i++) {
            if (i >= portions.mostChars()) return breath(portions.mostChars());
            char c = pending.charAt(i);
            int end = NO;
            if (c == '\n') end = isTooShort(i + 1) ? NO : i + 1;
            else if (ENDS.indexOf(c) >= 0) end = endAfterMark(i, isEnd);
            else if (CJK_ENDS.indexOf(c) >= 0) end = endAfterCjkMark(i, isEnd);
            else if (c == ';' || c == ':') end = isTooShort(i + 1) ? NO : endBeforeBlank(i, isEnd);
            else if (isClauseMark(c)) end = isEarlyEnough(i) ? endBeforeBlank(i, isEnd) : NO;
            if (end != NO && (end == UNKNOWN || hasWords)) return end;
            hasWords |= !Character.isWhitespace(c);
            if (c != '\n' || i + 1 == pending.length()) continue;
            int fence = isFenceAt(i + 1, true, isEnd);
            // Only blank lines stand before it.
            if (fence != NO) return fence == UNKNOWN ? UNKNOWN : i + 1;
        }
        return UNKNOWN;
    }

    private boolean isTooShort(int chars) {
        return hasCut && chars < portions.leastChars();
    }

    private boolean isEarlyEnough(int at) {
        return !hasCut && portions.firstClauseChars() > 0 && at + 1 >= portions.firstClauseChars();
    }

    private static boolean isClauseMark(char c) {
        return c == ',' || c == '–' || c == '—' || c == '，' || c == '、';
    }

    private int endBeforeBlank(int at, boolean isEnd) {
        if (at + 1 == pending.length()) return isEnd ? NO : UNKNOWN;
        char next = pending.charAt(at + 1);
        return Character.isWhitespace(next) || pending.charAt(at) > 0x2E7F ? at + 1 : NO;
    }

    private int endAfterCjkMark(int at, boolean isEnd) {
        int end = afterClosers(at + 1, CJK_ENDS);
        return end == pending.length() && !isEnd ? UNKNOWN : end;
    }

    private int endAfterMark(int at, boolean isEnd) {
        int end = afterClosers(at + 1, "");
        if (end == pending.length()) return isEnd ? end : UNKNOWN;
        char next = pending.charAt(end);
        if (!Character.isWhitespace(next)) return NO;
        if (isTooShort(end)) return NO;
        boolean isPoint = pending.charAt(at) == '.';
        if (next == '\n') return isPoint && isNoEnd(at, ' ') ? NO : end;
        if (end + 1 == pending.length()) return isEnd ? end : UNKNOWN;
        char afterBlank = pending.charAt(end + 1);
        return Character.isLowerCase(afterBlank) || (isPoint && isNoEnd(at, afterBlank)) ? NO : end;
    }

    /** Quotes and brackets that close what ended, and marks of Markdown behind it. */
    private int afterClosers(int from, String alsoPassed) {
        int end = from;
        while (end < pending.length() && end - from < MOST_CLOSERS) {
            char c = pending.charAt(end);
            if (CLOSERS.indexOf(c) < 0 && alsoPassed.indexOf(c) < 0) return end;
            end++;
        }
        return end;
    }

    private boolean isNoEnd(int point, char next) {
        int start = point;
        while (start > 0 && isOfWord(pending.charAt(start - 1))) start--;
        if (start == point) return false;
        String word = pending.substring(start, point);
        if (LIST_NUMBER.matcher(word).matches()) return isAtLineStart(start);
        if (word.length() == 1) return Character.isUpperCase(word.charAt(0)) && word.charAt(0) != 'I';
        String lower = word.toLowerCase(Locale.ROOT);
        if (Character.isDigit(next) && BEFORE_NUMBERS.contains(lower)) return true;
        return ABBREVIATIONS.contains(lower) || WITH_POINTS.matcher(word).matches();
    }

    private boolean isAtLineStart(int at) {
        int before = at;
        while (before > 0 && pending.charAt(before - 1) != '\n') {
            before--;
            if (!Character.isWhitespace(pending.charAt(before))) return false;
        }
        return before > 0 || isLineStart;
    }

    private static boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '.';
    }

    private int breath(int most) {
        int blank = 0;
        int mark = 0;
        for (int i = 1; i < most; i++) {
            if (!Character.isWhitespace(pending.charAt(i))) continue;
            blank = i;
            if (",;:".indexOf(pending.charAt(i - 1)) >= 0) mark = i;
        }
        if (mark > most / 3) return mark;
        if (blank > most / 3) return blank;
        return Character.isHighSurrogate(pending.charAt(most - 1)) ? most - 1 : most;
    }

    // ---- code ----

    /** Where the line behind the fence begins, {@link #NO} or {@link #UNKNOWN}. */
    private int isFenceAt(int from, boolean isStartOfLine, boolean isEnd) {
        if (!isStartOfLine) return NO;
        int at = from;
        while (at < pending.length() && at - from < MOST_INDENT && pending.charAt(at) == ' ') at++;
        for (int i = 0; i < FENCE.length(); i++) {
            if (at + i == pending.length()) return isEnd ? NO : UNKNOWN;
            if (pending.charAt(at + i) != FENCE.charAt(i)) return NO;
        }
        return at + FENCE.length();
    }

    /** Behind the line of the closing fence, or behind some line of a block that is longer than the bound. */
    private int endOfCode(boolean isEnd) {
        int lineStart = isInCode ? 0 : lineAfter(0);
        while (lineStart > 0 || isInCode) {
            boolean isAtStart = lineStart > 0 || isLineStart;
            int fence = isFenceAt(lineStart, isAtStart, isEnd);
            if (fence == UNKNOWN) return UNKNOWN;
            int next = lineAfter(lineStart);
            if (fence > 0) {
                if (next == 0 && !isEnd) return UNKNOWN;
                isInCode = false;
                return next == 0 ? pending.length() : next;
            }
            if (next == 0) break;
            if (next >= portions.mostChars()) {
                isInCode = true;
                return next;
            }
            lineStart = next;
        }
        if (pending.length() < 2 * portions.mostChars()) return UNKNOWN;
        isInCode = true;
        return portions.mostChars();
    }

    /** 0: the line has not ended. */
    private int lineAfter(int from) {
        return pending.indexOf("\n", from) + 1;
    }
}
