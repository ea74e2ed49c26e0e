package dev.antiphon.server.twin;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A failure the twin is told to have, by the model name {@code fault:<name>}; see {@code docs/faults.md}.
 *
 * <p>Threading: immutable.
 */
enum TwinFault {
    RST_BEFORE_HEADERS("rst-before-headers", Place.WIRE, "the connection is reset instead of an answer"),
    FIN_BEFORE_HEADERS("fin-before-headers", Place.WIRE, "the connection is closed instead of an answer"),
    HANG_BEFORE_HEADERS("hang-before-headers", Place.WIRE, "nothing, and the connection stays open"),
    HALF_STATUS_LINE("half-status-line", Place.WIRE, "half a status line, then nothing"),
    HANG_AFTER_HEADERS("hang-after-headers", Place.STREAM, "a head that promises a stream, then nothing"),
    KEEPALIVE_ONLY("keepalive-only", Place.STREAM, "a stream of comments without end"),
    HANG_MID_STREAM("hang-mid-stream", Place.STREAM, "some sound, then nothing"),
    FIN_MID_STREAM("fin-mid-stream", Place.STREAM, Ending.FIN, "some sound, then the connection is closed"),
    RST_MID_STREAM("rst-mid-stream", Place.STREAM, Ending.RST, "some sound, then the connection is reset"),
    END_MID_STREAM("end-mid-stream", Place.STREAM, "some sound, then the HTTP message ends as if all were said"),
    FIN_MID_JSON("fin-mid-json", Place.STREAM, Ending.FIN, "closed in the middle of an event's JSON"),
    FIN_MID_BASE64("fin-mid-base64", Place.STREAM, Ending.FIN, "closed in the middle of a piece of sound"),
    NO_DONE("no-done", Place.STREAM, "a whole answer without [DONE]"),
    RATE_LIMIT("429", Place.RESPONSE, "429 with Retry-After: 1"),
    RATE_LIMIT_DATE("429-date", Place.RESPONSE, "429 with a date in Retry-After, a second or two ahead"),
    RATE_LIMIT_FOREVER("429-forever", Place.RESPONSE, "429 with Retry-After: 86400"),
    QUOTA("429-quota", Place.RESPONSE, "429 because the account is empty (insufficient_quota)"),
    SERVER_ERROR("500", Place.RESPONSE, "500 with the provider's error body"),
    BAD_GATEWAY("502", Place.RESPONSE, "502 with the web page of a proxy"),
    UNAVAILABLE("503", Place.RESPONSE, "503 with Retry-After: 1"),
    OVERLOADED("529", Place.RESPONSE, "529, an overloaded_error"),
    UNAUTHORIZED("401", Place.RESPONSE, "401, another key masked in its message"),
    UNAUTHORIZED_ECHO("401-echoes-key", Place.RESPONSE, "401 with the request's own key, whole, in its message"),
    FORBIDDEN("403", Place.RESPONSE, "403, a country that is not served"),
    REDIRECT("redirect-metadata", Place.RESPONSE, "307 to the address of a cloud's instance metadata"),
    JSON_200("json-200", Place.RESPONSE, "200 with JSON that is neither an answer nor an error"),
    HTML_200("html-200", Place.RESPONSE, "200 with a web page"),
    BAD_JSON("bad-json", Place.STREAM, "one event in the middle is not JSON"),
    BAD_JSON_TWICE("bad-json-twice", Place.STREAM, "two events in the middle are not JSON"),
    BAD_BASE64("bad-base64", Place.STREAM, "a piece of sound is not base64"),
    ODD_PCM("odd-pcm", Place.STREAM, "the right sound in pieces of an odd number of bytes"),
    GIANT_EVENT("giant-event", Place.STREAM, "one event of 1 GiB"),
    DEEP_JSON("deep-json", Place.STREAM, "an event of 100,000 nested arrays"),
    ENDLESS_HEADERS("endless-headers", Place.WIRE, "64 MiB of header fields"),
    FLOOD_1XX("1xx-flood", Place.WIRE, "64 MiB of 103 Early Hints"),
    BAD_CHUNK_SIZE("bad-chunk-size", Place.WIRE, "a head, then a chunk whose size is no number"),
    TWO_RESPONSES("two-responses", Place.STREAM, Ending.SECOND_RESPONSE, "a whole answer, and a second one behind it"),
    DATA_AFTER_DONE("data-after-done", Place.STREAM, "a whole answer, and more events behind [DONE]"),
    ERROR_EVENT("error-event", Place.STREAM, "some sound, then an error event"),
    SLOW("slow", Place.STREAM, "the right answer at four fifths of the pace of speech"),
    BYTE_BY_BYTE("byte-by-byte", Place.STREAM, "the right answer, each byte in a packet of its own"),
    BURST("burst", Place.STREAM, "the right answer, all at once"),
    GZIP_BOMB("gzip-bomb", Place.RESPONSE, "200, compressed: 1 MiB that becomes 1 GiB"),
    NO_AUDIO("no-audio", Place.STREAM, "the right words, written instead of spoken"),
    SILENT_AUDIO("silent-audio", Place.STREAM, "digital silence without end");

    static final String MODEL_PREFIX = "fault:";

    /** Names that were given before, and still work. */
    private static final Map<String, TwinFault> OTHER_NAMES = Map.of(
            "html", HTML_200,
            "cut-base64", FIN_MID_BASE64,
            "silence", HANG_AFTER_HEADERS,
            "mute-head", HANG_BEFORE_HEADERS);

    /** Where it shows. */
    enum Place {
        /** In the bytes of the connection, with no response to be had. */
        WIRE,
        /** In a whole response that stands in for the answer. */
        RESPONSE,
        /** In the stream that carries the answer. */
        STREAM
    }

    /** What follows the last event of a stream. */
    enum Ending {
        /** The end of the HTTP message; the connection serves on. */
        CLEAN,
        /** The connection is closed in the middle of the HTTP message. */
        FIN,
        /** The connection is reset in the middle of the HTTP message. */
        RST,
        /** The end of the HTTP message, and a response that nobody asked for. */
        SECOND_RESPONSE
    }

    private final String wireName;
    private final Place place;
    private final Ending ending;
    private final String what;

    TwinFault(String wireName, Place place, String what) {
        this(wireName, place, Ending.CLEAN, what);
    }

    TwinFault(String wireName, Place place, Ending ending, String what) {
        this.wireName = wireName;
        this.place = place;
        this.ending = ending;
        this.what = what;
    }

    /** Null: no such fault. Without {@link #MODEL_PREFIX}. */
    static @Nullable TwinFault of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (TwinFault fault : values()) if (fault.wireName.equals(lower)) return fault;
        return OTHER_NAMES.get(lower);
    }

    Place place() {
        return place;
    }

    /** Null: no fault. */
    static Ending endingOf(@Nullable TwinFault fault) {
        return fault == null ? Ending.CLEAN : fault.ending;
    }

    static String names() {
        return Arrays.stream(values())
                .map(fault -> MODEL_PREFIX + fault.wireName)
                .collect(Collectors.joining(", "));
    }

    /** What the twin does instead of answering, or in the middle of it, by the name of the fault. */
    static Map<String, String> descriptions() {
        Map<String, String> descriptions = new LinkedHashMap<>();
        for (TwinFault fault : values()) descriptions.put(fault.wireName, fault.what);
        return descriptions;
    }
}
