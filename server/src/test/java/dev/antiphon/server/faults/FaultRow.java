package dev.antiphon.server.faults;

import static dev.antiphon.server.faults.FaultRow.Again.NEVER;
import static dev.antiphon.server.faults.FaultRow.Again.ONCE;
import static dev.antiphon.server.faults.FaultRow.Sound.NONE;
import static dev.antiphon.server.faults.FaultRow.Sound.SOME;
import static dev.antiphon.server.faults.FaultRow.Sound.WHOLE;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a client hears of one fault.
 *
 * <p>Threading: immutable.
 *
 * @param name as the twin knows it
 * @param number of the fault in the table
 * @param failure how the response fails; null: it is completed
 * @param sound how much of the answer is heard
 * @param again whether the model is asked a second time within the turn
 */
record FaultRow(String name, String number, @Nullable Failure failure, Sound sound, Again again) {

    /**
     * What {@code status_details} says.
     *
     * @param code null: none
     * @param words in its message
     */
    record Failure(String type, @Nullable String code, String words) {}

    /** How much of the answer is heard. */
    enum Sound {
        NONE,
        /** The beginning of it. */
        SOME,
        WHOLE
    }

    /** Whether the model is asked a second time within the turn. */
    enum Again {
        NEVER,
        /** The server is known not to have begun an answer, so the second one cannot be a copy. */
        ONCE
    }

    /** Beyond it no name is asked for. */
    int mostRequestsOfATurn() {
        return again == NEVER ? 1 : 2;
    }

    @Override
    public String toString() {
        return number + " " + name;
    }

    static List<FaultRow> all() {
        return ROWS;
    }

    static FaultRow of(String name) {
        return ROWS.stream().filter(row -> row.name.equals(name)).findFirst().orElseThrow();
    }

    static Stream<FaultRow> thatFail() {
        return ROWS.stream().filter(row -> row.failure != null);
    }

    static Stream<FaultRow> thatDoNotFail() {
        return ROWS.stream().filter(row -> row.failure == null);
    }

    private static final List<FaultRow> ROWS = List.of(
            fails("rst-before-headers", "F3", truncated("closed the connection before it answered"), NONE, ONCE),
            fails("fin-before-headers", "F3", truncated("closed the connection before it answered"), NONE, ONCE),
            fails("hang-before-headers", "F4", timeout("did not answer in time"), NONE, NEVER),
            fails("half-status-line", "F4", timeout("did not answer in time"), NONE, NEVER),
            fails("hang-after-headers", "F5", timeout("fell silent"), NONE, NEVER),
            fails("keepalive-only", "F6", timeout("made no sound in time"), NONE, NEVER),
            fails("hang-mid-stream", "F7", timeout("fell silent"), SOME, NEVER),
            fails("fin-mid-stream", "F8", truncated("broke off"), SOME, NEVER),
            fails("rst-mid-stream", "F8", truncated("broke off"), SOME, NEVER),
            fails("fin-mid-json", "F9", truncated("broke off"), SOME, NEVER),
            fails("fin-mid-base64", "F9", truncated("broke off"), SOME, NEVER),
            completes("no-done", "F10"),
            fails("end-mid-stream", "F10", truncated("broke off"), SOME, NEVER),
            fails("429", "F11", new Failure("requests", "rate_limit_exceeded", "Rate limit reached"), NONE, ONCE),
            fails("429-date", "F11", new Failure("requests", "rate_limit_exceeded", "Rate limit reached"), NONE, ONCE),
            fails("429-forever", "F11", new Failure("requests", "rate_limit_exceeded", "Rate limit"), NONE, NEVER),
            fails("429-quota", "F11", new Failure("insufficient_quota", "insufficient_quota", "quota"), NONE, NEVER),
            fails("500", "F12", ofServer(null, "The server had an error"), NONE, ONCE),
            fails("502", "F12", ofServer(null, "status 502"), NONE, ONCE),
            fails("503", "F12", ofServer(null, "overloaded"), NONE, ONCE),
            fails("529", "F12", new Failure("overloaded_error", null, "Overloaded"), NONE, ONCE),
            fails("401", "F13", new Failure("invalid_request_error", "invalid_api_key", ""), NONE, NEVER),
            fails("401-echoes-key", "F13", new Failure("invalid_request_error", "invalid_api_key", ""), NONE, NEVER),
            fails(
                    "403",
                    "F13",
                    new Failure("request_forbidden", "unsupported_country_region_territory", ""),
                    NONE,
                    NEVER),
            fails("redirect-metadata", "F14", ofServer(null, "status 307"), NONE, NEVER),
            fails("json-200", "F15", invalid("neither an answer nor an error"), NONE, NEVER),
            fails("html-200", "F15", invalid("text/html"), NONE, NEVER),
            completes("bad-json", "F16"),
            fails("bad-json-twice", "F16", invalid("broken JSON twice"), SOME, NEVER),
            fails("bad-base64", "F17", invalid("not base64"), SOME, NEVER),
            completes("odd-pcm", "F17"),
            fails("giant-event", "F18", invalid("an event of more than"), NONE, NEVER),
            fails("deep-json", "F19", invalid("JSON depth"), SOME, NEVER),
            fails("endless-headers", "F20", invalid("a head over the limit"), NONE, NEVER),
            fails("1xx-flood", "F20", invalid("informational heads without end"), NONE, NEVER),
            fails("bad-chunk-size", "F20", invalid("a broken HTTP message"), NONE, NEVER),
            completes("two-responses", "F21"),
            completes("data-after-done", "F21"),
            fails("error-event", "F22", ofServer(null, "The server had an error"), SOME, NEVER),
            completes("slow", "F23"),
            completes("byte-by-byte", "F23"),
            completes("burst", "F24"),
            fails("gzip-bomb", "F18", invalid("a compressed body"), NONE, NEVER),
            new FaultRow("no-audio", "F5", null, NONE, NEVER),
            fails("silent-audio", "F5", timeout("made no sound in time"), NONE, NEVER));

    private static FaultRow completes(String name, String number) {
        return new FaultRow(name, number, null, WHOLE, NEVER);
    }

    private static FaultRow fails(String name, String number, Failure failure, Sound sound, Again again) {
        return new FaultRow(name, number, failure, sound, again);
    }

    private static Failure timeout(String words) {
        return ofServer("upstream_timeout", words);
    }

    private static Failure truncated(String words) {
        return ofServer("upstream_truncated", words);
    }

    private static Failure invalid(String words) {
        return ofServer("upstream_invalid", words);
    }

    private static Failure ofServer(@Nullable String code, String words) {
        return new Failure("server_error", code, words);
    }
}
