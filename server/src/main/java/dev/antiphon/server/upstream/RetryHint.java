package dev.antiphon.server.upstream;

import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.UpstreamFault.Retry;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a refusal says about asking again, as the official clients read it:
 *
 * <pre>
 *   retry-after-ms: 1500 (first)    retry-after: 2.5    retry-after: Fri, 20 Nov 2026 14:00:00 GMT    x-should-retry: true
 * </pre>
 *
 * <p>Threading: immutable.
 *
 * @param afterMillis how long the provider wants to be left alone; negative: it did not say, or nothing that can be meant
 * @param isWanted whether the provider says that it is worthwhile; null: it does not say
 */
record RetryHint(long afterMillis, @Nullable Boolean isWanted) {
    static final RetryHint NONE = new RetryHint(-1, null);

    /** Who wants more time than a person waits for an answer is not asked again. */
    private static final long LONGEST_WORTHWHILE_MILLIS = 120_000;

    private static final double MILLIS_PER_DAY = 86_400_000;
    private static final int MAX_CHARS = 40;

    /** @param now on the wall clock, for a date */
    static RetryHint read(HttpHeaders headers, Instant now) {
        double millis = number(headers.get("retry-after-ms"));
        String after = headers.get("retry-after");
        if (Double.isNaN(millis)) millis = number(after) * 1_000;
        if (Double.isNaN(millis)) millis = millisUntil(after, now);
        // Clamped to a day: what is longer says no more. A negative one, or none at all, is no hint.
        long afterMillis = millis >= 0 ? (long) Math.ceil(Math.min(millis, MILLIS_PER_DAY)) : -1;
        String wanted = headers.get("x-should-retry");
        if ("true".equals(wanted)) return new RetryHint(afterMillis, true);
        if ("false".equals(wanted)) return new RetryHint(afterMillis, false);
        return new RetryHint(afterMillis, null);
    }

    /** @param fault a refusal with what its status and body say of asking again */
    Retry of(UpstreamFault fault) {
        boolean isPurseEmpty = "insufficient_quota".equals(fault.type()) || "insufficient_quota".equals(fault.code());
        if (isPurseEmpty || afterMillis > LONGEST_WORTHWHILE_MILLIS) return new Retry(false, afterMillis);
        return new Retry(isWanted == null ? fault.retryable() : isWanted, afterMillis);
    }

    private static double number(@Nullable String text) {
        if (text == null || text.length() > MAX_CHARS) return Double.NaN;
        String digits = text.strip();
        // Double.parseDouble also reads "NaN", "0x1p3" and "1d".
        if (digits.isEmpty() || !digits.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.' || c == '-')) {
            return Double.NaN;
        }
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static double millisUntil(@Nullable String date, Instant now) {
        if (date == null || date.length() > MAX_CHARS) return Double.NaN;
        try {
            Instant then = ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            // A date that has passed means now.
            return Math.max(0, Duration.between(now, then).toMillis());
        } catch (DateTimeException e) {
            return Double.NaN;
        }
    }
}
