package dev.antiphon.server.twin;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A failure the twin is told to have, by the model name {@code fault:<name>}.
 *
 * <p>Threading: immutable.
 */
enum TwinFault {
    /** The key is refused. */
    UNAUTHORIZED("401"),
    /** Too many requests, with {@code Retry-After}. */
    RATE_LIMIT("429"),
    /** The provider's own failure. */
    SERVER_ERROR("500"),
    /** Status 200, but a web page. */
    HTML("html"),
    /** The connection breaks in the middle of the base64 of the second piece of sound. */
    CUT_BASE64("cut-base64"),
    /** A head that promises a stream, then nothing. */
    SILENCE("silence"),
    /** Not even a head. */
    MUTE_HEAD("mute-head"),
    /** Sound, then an error in place of the second piece. */
    ERROR_EVENT("error-event"),
    /** All but {@code [DONE]}. */
    NO_DONE("no-done");

    static final String MODEL_PREFIX = "fault:";

    private final String wireName;

    TwinFault(String wireName) {
        this.wireName = wireName;
    }

    /** Null: no such fault. The name begins with {@link #MODEL_PREFIX}. */
    static @Nullable TwinFault of(String model) {
        String name = model.substring(MODEL_PREFIX.length()).toLowerCase(Locale.ROOT);
        for (TwinFault fault : values()) if (fault.wireName.equals(name)) return fault;
        return null;
    }

    static String names() {
        return Arrays.stream(values())
                .map(fault -> MODEL_PREFIX + fault.wireName)
                .collect(Collectors.joining(", "));
    }
}
