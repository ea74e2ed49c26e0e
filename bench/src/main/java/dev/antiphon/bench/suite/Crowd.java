package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.Load.Length;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Callers that come while others are measured. They connect one after the other and speak only once all that were taken
 * are there, so that a target cannot learn from what they do whether it has too many of them.
 *
 * <pre>
 *  inside  │ warm-up │ measured                                   │
 *  crowd             │ 5 s │ connecting │ beginning │ speaking     │
 * </pre>
 *
 * <p>Threading: immutable.
 *
 * @param sessions that are tried
 * @param perSecond connections
 * @param patienceSeconds for which those inside are measured alone
 */
record Crowd(int sessions, int perSecond, int patienceSeconds) {
    private static final Pattern DEFINITION = Pattern.compile("([1-9]\\d{0,6})@([1-9]\\d{0,6})");
    private static final int PATIENCE_SECONDS = 5;
    private static final int BEGINNING_SECONDS = 20;

    static Crowd of(String definition) {
        Matcher matcher = DEFINITION.matcher(definition);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("crowd: " + definition + " (expected: SESSIONS@PER-SECOND, both > 0)");
        }
        return new Crowd(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), PATIENCE_SECONDS);
    }

    /** From the first caller inside on. */
    int startSeconds(Length inside) {
        return inside.warmupSeconds() + patienceSeconds;
    }

    /** How long those inside are measured when the crowd begins to be. */
    private int leadSeconds() {
        return patienceSeconds + (sessions + perSecond - 1) / perSecond + BEGINNING_SECONDS;
    }

    /** It ends with those inside. */
    Length length(Length inside) {
        int seconds = inside.seconds() - leadSeconds();
        if (seconds <= 0) {
            throw new IllegalArgumentException("seconds: " + inside.seconds() + " (expected: > " + leadSeconds()
                    + ", so that a crowd of " + sessions + " at " + perSecond + " a second speaks in time)");
        }
        return new Length(BEGINNING_SECONDS, seconds);
    }

    @Override
    public String toString() {
        return sessions + " more at " + perSecond + " a second, " + patienceSeconds + " s after the warm-up";
    }
}
