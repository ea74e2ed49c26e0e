package dev.antiphon.cascade;

import java.util.regex.Pattern;

/**
 * What of a written text is pronounced: its words and punctuation, without the signs of Markdown and without emoji.
 *
 * <ul>
 *   <li>A link is its label, a bare URL its host.
 *   <li>Marks of headings, quotes and list entries go; the number of a numbered entry stays.
 *   <li>A line that ends without a punctuation mark ends with a point.
 *   <li>Cells of a table are separated by commas; the line under its head goes.
 *   <li>Asterisks, underscores, tildes and backticks that mark words go; what is marked stays, and so do {@code 2 * 3} and
 *       {@code snake_case}.
 * </ul>
 *
 * <p>Threading: thread-safe, stateless.
 */
final class SpokenText {
    private static final Pattern LINK = Pattern.compile("!?\\[([^\\[\\]]*)]\\([^()\\s]*\\)");
    private static final Pattern REST_OF_LINK = Pattern.compile("]\\(\\S*\\)");
    private static final Pattern URL =
            Pattern.compile("\\bhttps?://(?:www\\.)?([^/\\s?#:]+)[^\\s]*?(?=[.,;:!?)\\]\"'>]*(?:\\s|$))");
    private static final Pattern TABLE_RULE = Pattern.compile("(?m)^[ \\t]*\\|?[ \\t]*:?-{3,}[-:| \\t]*$");
    private static final Pattern CELL_BORDER = Pattern.compile("[ \\t]*\\|[ \\t]*");
    private static final Pattern LINE_MARK =
            Pattern.compile("(?m)^[ \\t]*(?:>[ \\t]*)*(?:#{1,6}|[-*+•])?[ \\t]+|^[ \\t]*>+");
    private static final Pattern RULE = Pattern.compile("(?m)^[ \\t]*([-*_])(?:[ \\t]*\\1){2,}[ \\t]*$");
    private static final Pattern ASTERISKS = Pattern.compile("\\*{2,}|(?<![\\s\\d])\\*|\\*(?![\\s\\d])");
    private static final Pattern UNDERSCORES = Pattern.compile("(?<![\\p{L}\\p{N}])_+|_+(?![\\p{L}\\p{N}_])");
    private static final Pattern OTHER_MARKS = Pattern.compile("`+|~~+");
    private static final Pattern LINE_END = Pattern.compile("(?<=[\\p{L}\\p{N})%])[ \\t]*\\n\\s*(?=\\S)");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern LONE_COMMAS = Pattern.compile("^(?:[ ,]+)|(?:[ ,]+)$|(?:,[ ,]*)(?=,)");

    private SpokenText() {}

    /** @return empty: nothing in it can be pronounced */
    static String of(String text) {
        String plain = LINK.matcher(text).replaceAll("$1");
        plain = REST_OF_LINK.matcher(plain).replaceAll("");
        plain = URL.matcher(plain).replaceAll("$1");
        plain = TABLE_RULE.matcher(plain).replaceAll("");
        plain = RULE.matcher(plain).replaceAll("");
        plain = LINE_MARK.matcher(plain).replaceAll("");
        if (plain.indexOf('|') >= 0) {
            plain = LONE_COMMAS
                    .matcher(CELL_BORDER.matcher(plain).replaceAll(", "))
                    .replaceAll("");
        }
        plain = ASTERISKS.matcher(plain).replaceAll("");
        plain = UNDERSCORES.matcher(plain).replaceAll("");
        plain = OTHER_MARKS.matcher(plain).replaceAll("");
        plain = LINE_END.matcher(withoutEmoji(plain)).replaceAll(". ");
        plain = BLANKS.matcher(plain).replaceAll(" ").strip();
        return plain.codePoints().anyMatch(Character::isLetterOrDigit) ? plain : "";
    }

    private static String withoutEmoji(String text) {
        StringBuilder rest = new StringBuilder(text.length());
        text.codePoints().filter(point -> !isEmoji(point)).forEach(rest::appendCodePoint);
        return rest.toString();
    }

    /** Unicode 15, Emoji_Presentation and what joins and colours them; also the dingbats that stand for bullets. */
    private static boolean isEmoji(int point) {
        return (point >= 0x1F000 && point <= 0x1FAFF)
                || (point >= 0x2600 && point <= 0x27BF)
                || (point >= 0x2B00 && point <= 0x2BFF)
                || (point >= 0xE0020 && point <= 0xE007F)
                || point == 0xFE0E
                || point == 0xFE0F
                || point == 0x200D
                || point == 0x20E3;
    }
}
