package dev.antiphon.realtime;

/** Text that has a UTF-8 form: JSON's escapes can spell half a surrogate pair, which has none and which no writer takes. */
final class WellFormed {
    private static final char REPLACEMENT = '\uFFFD';

    private WellFormed() {}

    /** {@code text} with every unpaired surrogate replaced by U+FFFD; the same object when there is none. */
    static String text(String text) {
        int at = firstUnpaired(text, 0);
        if (at < 0) return text;
        StringBuilder repaired = new StringBuilder(text);
        while (at >= 0) {
            repaired.setCharAt(at, REPLACEMENT);
            at = firstUnpaired(repaired, at + 1);
        }
        return repaired.toString();
    }

    private static int firstUnpaired(CharSequence text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && !isLowSurrogate(text, i + 1)) return i;
            if (Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)))) return i;
        }
        return -1;
    }

    private static boolean isLowSurrogate(CharSequence text, int at) {
        return at < text.length() && Character.isLowSurrogate(text.charAt(at));
    }
}
