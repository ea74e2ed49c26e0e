package dev.antiphon.realtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The {@code event_id} of one server event after another: {@code event_1}, {@code event_2}, … It counts in the text itself,
 * so that an event costs no text of its own.
 *
 * <p>Threading: confined to its caller.
 */
final class EventNumber {
    private static final byte[] PREFIX = "event_".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_DIGITS = 19;

    private final byte[] text = Arrays.copyOf(PREFIX, PREFIX.length + MAX_DIGITS);
    private int length = PREFIX.length + 1;

    EventNumber() {
        text[PREFIX.length] = '0';
    }

    void next() {
        int at = length - 1;
        while (at >= PREFIX.length && text[at] == '9') text[at--] = '0';
        if (at >= PREFIX.length) {
            text[at]++;
            return;
        }
        text[PREFIX.length] = '1';
        text[length++] = '0';
    }

    /** From its first octet on, {@link #length} of them are the id. Not to be changed; valid until {@link #next}. */
    byte[] text() {
        return text;
    }

    int length() {
        return length;
    }
}
