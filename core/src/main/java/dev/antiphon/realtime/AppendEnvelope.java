package dev.antiphon.realtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The JSON that a client wraps its audio in, remembered from its last {@code input_audio_buffer.append}: it proves that
 * the next one has the same structure, without parsing it.
 *
 * <p>Threading: confined to its caller.
 */
final class AppendEnvelope {
    /*
     *   {"event_id":"ev_17","type":"input_audio_buffer.append","audio":"AAD/…"}
     *   ╰────────────╯     ╰─────────────────────────────────────────────╯     ╰╯
     *       before     id                     before                     audio after
     *
     * The event_id may stand on either side of the audio, or be absent. Everything else around the base64 must be byte
     * for byte what the parser found legal once. Then the whole has the structure that it found then: the id holds
     * nothing but plain characters, which neither end a string nor escape anything, and so does the audio, which the
     * decoder checks as it checks all base64. What is different in any other way is the parser's to judge.
     */
    private static final int MAX_SIDE_BYTES = 256;

    private static final byte[] NOTHING = {};
    private static final Side UNKNOWN = new Side(NOTHING, 0, 0);

    private Side before = UNKNOWN;
    private Side after = UNKNOWN;

    // Of the event that matched.
    private int eventIdFrom; // 0: it has none
    private int eventIdTo;
    private int audioFrom;
    private int audioTo;

    /** What stands on one side of the audio, as the client wrote it, with an id that does not count. */
    private static final class Side {
        final byte[] bytes;
        final int idFrom; // first byte of the id within its quotes; 0: no id on this side
        final int idTo; // its closing quote

        Side(byte[] bytes, int idFrom, int idTo) {
            this.bytes = bytes;
            this.idFrom = idFrom;
            this.idTo = idTo;
        }

        boolean startsAt(int from, byte[] event, int end) {
            return end - from >= idFrom && Arrays.equals(bytes, 0, idFrom, event, from, from + idFrom);
        }

        int bytesBehindId() {
            return bytes.length - idTo;
        }

        boolean goesOnAt(int from, byte[] event, int end) {
            return end - from >= bytesBehindId()
                    && Arrays.equals(bytes, idTo, bytes.length, event, from, from + bytesBehindId());
        }
    }

    /**
     * Remembers an append that the parser has understood.
     *
     * @param eventIdAt first byte of the event's id within its quotes; 0: it has none
     */
    void remember(byte[] event, int offset, int length, int eventIdAt, int audioAt, int audioEnd) {
        int end = offset + length;
        if (audioAt - offset > MAX_SIDE_BYTES || end - audioEnd > MAX_SIDE_BYTES) return;
        int idEnd = 0;
        if (eventIdAt > 0) {
            idEnd = endOfPlain(event, eventIdAt, end);
            if (idEnd == end || event[idEnd] != '"') return; // escaped, or not ASCII
        }
        boolean isIdBefore = eventIdAt > 0 && eventIdAt < audioAt;
        boolean isIdAfter = eventIdAt > audioAt;
        before = side(event, offset, audioAt, isIdBefore ? eventIdAt : offset, isIdBefore ? idEnd : offset);
        after = side(event, audioEnd, end, isIdAfter ? eventIdAt : audioEnd, isIdAfter ? idEnd : audioEnd);
    }

    private static Side side(byte[] event, int from, int to, int idFrom, int idTo) {
        return new Side(Arrays.copyOfRange(event, from, to), idFrom - from, idTo - from);
    }

    /** Whether this is such an event again, if its audio is base64; where things stand in it is known then. */
    boolean matches(byte[] event, int offset, int length) {
        if (before == UNKNOWN) return false;
        eventIdFrom = 0;
        eventIdTo = 0;
        return matchesBefore(event, offset, offset + length) && matchesAfter(event, offset + length);
    }

    private boolean matchesBefore(byte[] event, int from, int end) {
        int at = from;
        if (before.idFrom > 0) {
            if (!before.startsAt(at, event, end)) return false;
            at += before.idFrom;
            int idTo = endOfPlain(event, at, Math.min(end, at + EventHead.MAX_EVENT_ID_CHARS + 1));
            if (!isId(at, idTo)) return false;
            at = idTo;
        }
        audioFrom = at + before.bytesBehindId();
        return before.goesOnAt(at, event, end);
    }

    private boolean matchesAfter(byte[] event, int end) {
        int at = end - after.bytesBehindId();
        if (at < audioFrom || !after.goesOnAt(at, event, end)) return false;
        if (after.idFrom > 0) {
            int idFrom = startOfPlain(event, Math.max(audioFrom, at - EventHead.MAX_EVENT_ID_CHARS - 1), at);
            if (!isId(idFrom, at)) return false;
            at = idFrom - after.idFrom;
            if (at < audioFrom || !after.startsAt(at, event, end)) return false;
        }
        audioTo = at;
        return true;
    }

    private boolean isId(int from, int to) {
        eventIdFrom = from;
        eventIdTo = to;
        return to - from <= EventHead.MAX_EVENT_ID_CHARS;
    }

    int audioFrom() {
        return audioFrom;
    }

    /** The closing quote. */
    int audioTo() {
        return audioTo;
    }

    /** @param event that matched   @return null: it has none */
    @Nullable
    String eventId(byte[] event) {
        if (eventIdFrom == 0) return null;
        return new String(event, eventIdFrom, eventIdTo - eventIdFrom, StandardCharsets.US_ASCII);
    }

    private static int endOfPlain(byte[] event, int from, int to) {
        int at = from;
        while (at < to && isPlain(event[at])) at++;
        return at;
    }

    private static int startOfPlain(byte[] event, int from, int to) {
        int at = to;
        while (at > from && isPlain(event[at - 1])) at--;
        return at;
    }

    /** Printable ASCII that needs no escape within a JSON string. */
    private static boolean isPlain(byte character) {
        return character >= ' ' && character < 0x7f && character != '"' && character != '\\';
    }
}
