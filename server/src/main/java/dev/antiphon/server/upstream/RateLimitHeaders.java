package dev.antiphon.server.upstream;

import dev.antiphon.upstream.RateLimit;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a provider's limits from the head of a response.
 *
 * <pre>
 *   x-ratelimit-limit-requests: 10000    x-ratelimit-remaining-requests: 9999    x-ratelimit-reset-requests: 6m0s
 * </pre>
 *
 * <p>Threading: thread-safe, stateless.
 */
final class RateLimitHeaders {
    private static final List<Kind> KINDS = List.of(new Kind("requests"), new Kind("tokens"));
    private static final int MAX_DIGITS = 18;

    /** The names of the headers of one kind of limit. */
    private record Kind(String name, String limit, String remaining, String reset) {
        Kind(String name) {
            this(name, "x-ratelimit-limit-" + name, "x-ratelimit-remaining-" + name, "x-ratelimit-reset-" + name);
        }
    }

    private RateLimitHeaders() {}

    /** Of each name that has both a limit and what is left of it; anything that cannot be read is as if it were absent. */
    static List<RateLimit> read(HttpHeaders headers) {
        List<RateLimit> rateLimits = List.of();
        for (int i = 0; i < KINDS.size(); i++) {
            Kind kind = KINDS.get(i);
            long limit = count(headers.get(kind.limit()));
            long remaining = count(headers.get(kind.remaining()));
            if (limit < 0 || remaining < 0) continue;
            double resetSeconds = seconds(headers.get(kind.reset()));
            if (rateLimits.isEmpty()) rateLimits = new ArrayList<>(KINDS.size());
            rateLimits.add(new RateLimit(kind.name(), limit, remaining, Math.max(0, resetSeconds)));
        }
        return rateLimits;
    }

    private static long count(@Nullable String value) {
        if (value == null) return -1;
        String digits = value.strip();
        if (digits.isEmpty() || digits.length() > MAX_DIGITS) return -1;
        for (int i = 0; i < digits.length(); i++) if (!isDigit(digits.charAt(i))) return -1;
        return Long.parseLong(digits);
    }

    /** {@code 6m0s}, {@code 1h30m}, {@code 1.5s}, {@code 150ms}, or a number of seconds; negative: none of these. */
    private static double seconds(@Nullable String value) {
        if (value == null) return -1;
        String text = value.strip();
        if (text.isEmpty()) return -1;
        double seconds = 0;
        int at = 0;
        while (at < text.length()) {
            int unitStart = skip(true, text, at);
            int unitEnd = skip(false, text, unitStart);
            double unit = secondsOf(text.substring(unitStart, unitEnd), at == 0);
            double number = number(text.substring(at, unitStart));
            if (unit < 0 || number < 0) return -1;
            seconds += number * unit;
            at = unitEnd;
        }
        return seconds;
    }

    private static int skip(boolean number, String text, int from) {
        int at = from;
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.') == number) at++;
        return at;
    }

    private static double secondsOf(String unit, boolean isOnly) {
        return switch (unit) {
            case "h" -> 3_600;
            case "m" -> 60;
            case "s" -> 1;
            case "ms" -> 1e-3;
            case "us", "µs" -> 1e-6;
            case "ns" -> 1e-9;
            case "" -> isOnly ? 1 : -1;
            default -> -1;
        };
    }

    private static double number(String text) {
        boolean hasDigit = text.chars().anyMatch(c -> isDigit((char) c));
        boolean isOne = text.length() <= MAX_DIGITS && text.indexOf('.') == text.lastIndexOf('.');
        return hasDigit && isOne ? Double.parseDouble(text) : -1;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
