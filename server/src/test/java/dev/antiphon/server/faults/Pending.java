package dev.antiphon.server.faults;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Expectations of the table that the gateway does not meet yet. Each is tried all the same: while it fails it counts as
 * skipped and says why; when it is met it fails until it is taken off the list.
 *
 * <p>Threading: stateless.
 */
final class Pending {
    private static final String RETRY = "a turn is asked for once more before its first sound";
    private static final String FIRST_SOUND = "a deadline for the first sound that can be heard";
    private static final String ADDRESSES = "addresses are taken out of what a provider says";

    /** What is waited for, by the name of the expectation. */
    private static final Map<String, String> LIST = Stream.of(
                    waitingFor(RETRY, "again: rst-before-headers", "again: fin-before-headers"),
                    waitingFor(RETRY, "again: 429", "again: 429-date", "again: 500", "again: 502", "again: 503"),
                    waitingFor(RETRY, "again: 529", "twice: 429", "twice: 429-date", "twice: 500", "twice: 502"),
                    waitingFor(
                            RETRY,
                            "twice: 503",
                            "twice: 529",
                            "twice: rst-before-headers",
                            "twice: fin-before-headers"),
                    waitingFor(FIRST_SOUND, "first sound: keepalive-only", "first sound: silent-audio"),
                    waitingFor(ADDRESSES, "addresses: 401", "addresses: 401-echoes-key", "addresses: 429-quota"))
            .flatMap(part -> part.entrySet().stream())
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private Pending() {}

    /** What has to be so. */
    interface Expectation {
        void check() throws Exception;
    }

    static void unlessPending(String name, Expectation expectation) throws Exception {
        String what = LIST.get(name);
        if (what == null) {
            expectation.check();
            return;
        }
        try {
            expectation.check();
        } catch (AssertionError notYet) {
            Assumptions.abort("pending: " + what);
        }
        throw new AssertionError(name + ": is met (expected: pending, or taken off the list)");
    }

    private static Map<String, String> waitingFor(String what, String... names) {
        return Stream.of(names).collect(Collectors.toMap(name -> name, name -> what));
    }
}
