package dev.antiphon.upstream;

import java.util.regex.Pattern;

/**
 * Takes out of a provider's sentence whatever looks like a key or an address: providers quote the key they refuse, and
 * name themselves.
 *
 * <p>Threading: stateless.
 */
final class Secrets {
    private static final int MAX_MESSAGE_CHARS = 1_000;
    private static final String MASKED = "***";

    /** Keys by their usual beginnings, and JSON web tokens. Quantifiers are possessive: no text makes this slow. */
    private static final Pattern PREFIXED = Pattern.compile(
            "\\b(?:sk|pk|rk|ek|gsk|xai|hf|key|AIza|eyJ)(?:[-_]|(?<=AIza|eyJ))[\\w.*-]++", Pattern.CASE_INSENSITIVE);

    private static final Pattern BEARER =
            Pattern.compile("\\b(Bearer|Basic)\\s++[^\\s\"',]++", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAMED = Pattern.compile(
            "\\b(api[-_ ]?key(?:\\s+provided)?[\"']?\\s*[:=]\\s*[\"']?)[^\\s\"',]++", Pattern.CASE_INSENSITIVE);

    /** 32 letters and digits in a row, unless a prefix and {@code _} make them the name of something. */
    private static final Pattern LONG = Pattern.compile("(?<![\\w-])[A-Za-z0-9]{32,}+(?![\\w-])");

    /** Up to the mark that ends the sentence. */
    private static final String PATH = "[^\\s\"'<>]*[^\\s\"'<>.,;:)]";

    private static final Pattern URL = Pattern.compile("\\b[a-z][a-z0-9+]{1,9}://" + PATH, Pattern.CASE_INSENSITIVE);

    /** A host without a scheme: by the end of its name, or by a port or a path behind it. */
    private static final Pattern HOST = Pattern.compile(
            "(?<![\\w@.-])(?:[a-z0-9-]{1,63}\\.){1,8}"
                    + "(?:(?:com|net|org|io|ai|cn|ru|dev|local|internal)(?![\\w-]|\\.\\w)(?::\\d+)?(?:/" + PATH + ")?"
                    + "|[a-z]{2,24}(?::\\d{2,5}\\b|/" + PATH + "))",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ADDRESS =
            Pattern.compile("(?<![\\w.])(?:\\d{1,3}\\.){3}\\d{1,3}(?::\\d+)?(?!\\w|\\.\\w)");

    private Secrets() {}

    static String mask(String message) {
        return LONG.matcher(maskWord(message)).replaceAll(MASKED);
    }

    /** Of a word that is the name of something, which may be long. */
    static String maskWord(String message) {
        String cut = message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) + "…" : message;
        String masked = URL.matcher(cut).replaceAll(MASKED);
        masked = BEARER.matcher(masked).replaceAll("$1 " + MASKED);
        masked = NAMED.matcher(masked).replaceAll("$1" + MASKED);
        masked = PREFIXED.matcher(masked).replaceAll(MASKED);
        masked = HOST.matcher(masked).replaceAll(MASKED);
        return ADDRESS.matcher(masked).replaceAll(MASKED);
    }
}
