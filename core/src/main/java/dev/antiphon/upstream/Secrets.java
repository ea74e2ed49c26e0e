package dev.antiphon.upstream;

import java.util.regex.Pattern;

/**
 * Takes out of a provider's sentence whatever looks like a key: providers quote the one they refuse.
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

    private Secrets() {}

    static String mask(String message) {
        String cut = message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) + "…" : message;
        String masked = BEARER.matcher(cut).replaceAll("$1 " + MASKED);
        masked = NAMED.matcher(masked).replaceAll("$1" + MASKED);
        masked = PREFIXED.matcher(masked).replaceAll(MASKED);
        return LONG.matcher(masked).replaceAll(MASKED);
    }
}
