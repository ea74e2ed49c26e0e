package dev.antiphon.sse;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of a {@code text/event-stream} to events (WHATWG HTML 9.2.6), however the bytes are cut.
 *
 * <p>Threading: confined to its caller.
 */
public final class SseDecoder {
    /*
     * One block, as it lies in the array that is being scanned
     *
     *     data: {"choices":     data: [{"delta":…     da
     *           └─ dataStart    dataEnd ┘             └─ lineStart
     *
     * The array is the caller's when the block begins in it and nothing is left over from before: an event that lies
     * whole in the caller's array is handed out from there. Otherwise the bytes are appended to our own, `held`, and
     * scanned in it. A second data line moves down to the first one's end, which is possible in our own array only.
     * Our own is one of the thread's spare ones, and goes back as soon as nothing is left over.
     */

    /** What becomes of an event that the stream's end cuts off before its empty line. */
    public enum UnfinishedEvent {
        /** As the HTML standard says. */
        DISCARDED,
        /** As clients of chat completions do: some servers end with {@code data: [DONE]} and nothing after it. */
        DISPATCHED
    }

    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RETRY = "retry".getBytes(StandardCharsets.US_ASCII);
    private static final String DEFAULT_TYPE = "message";
    private static final byte[] NOTHING = {};

    /** Everything up to CR: both line ends are found by one comparison. */
    private static final int LINE_END_BOUND = '\r' + 1;

    /** How much is copied at a time, so that one huge buffer of the caller does not become one of ours. */
    private static final int SLICE_BYTES = 16 * 1024;

    private final int maxEventBytes;
    private final UnfinishedEvent unfinishedEvent;

    private byte[] held = NOTHING;
    private int heldBytes;
    private int lineStart;
    /** Valid with {@link #hasData} only, as is {@link #dataEnd}. */
    private int dataStart;

    private int dataEnd;
    private boolean hasData;

    private boolean atFirstLine = true;
    private boolean lineFeedMayFollow;
    private boolean deaf;
    private String type = "";
    private String pendingEventId = "";
    private String lastEventId = "";

    /**
     * @param maxEventBytes of one line and of one event's data
     */
    public SseDecoder(int maxEventBytes, UnfinishedEvent unfinishedEvent) {
        if (maxEventBytes <= 0)
            throw new IllegalArgumentException("maxEventBytes: " + maxEventBytes + " (expected: > 0)");
        this.maxEventBytes = maxEventBytes;
        this.unfinishedEvent = unfinishedEvent;
    }

    /** @param in lent; all of it is read */
    public void feed(ByteBuf in, SseListener out) {
        while (in.isReadable() && !deaf) {
            if (in.hasArray() && heldBytes == 0 && !hasData) feedInPlace(in, out);
            else feedCopied(in, out);
        }
        in.skipBytes(in.readableBytes());
    }

    /** No byte will follow. */
    public void end(SseListener out) {
        if (!deaf && unfinishedEvent == UnfinishedEvent.DISPATCHED) {
            if (heldBytes > lineStart) takeLine(held, lineStart, heldBytes, out);
            if (!deaf) dispatch(held, out);
        }
        deaf = true;
        dropHeld();
    }

    /** The {@code id} of the event last dispatched, or of one before it that had one; empty: none. */
    public String lastEventId() {
        return lastEventId;
    }

    private void feedInPlace(ByteBuf in, SseListener out) {
        byte[] array = in.array();
        int from = in.arrayOffset() + in.readerIndex();
        lineStart = from;
        int stoppedAt = scan(array, from, from + in.readableBytes(), out);
        in.skipBytes(stoppedAt - from);
        keepUnfinished(array, stoppedAt);
    }

    private void feedCopied(ByteBuf in, SseListener out) {
        int bytes = Math.min(in.readableBytes(), SLICE_BYTES);
        growHeldTo(heldBytes + bytes);
        in.readBytes(held, heldBytes, bytes);
        int from = heldBytes;
        heldBytes += bytes;
        keepUnfinished(held, scan(held, from, heldBytes, out));
    }

    /**
     * Takes the lines that end in the range.
     *
     * @return {@code to}, or the start of a line that can only be taken in our own array
     */
    private int scan(byte[] array, int from, int to, SseListener out) {
        int at = from;
        if (lineFeedMayFollow) {
            lineFeedMayFollow = false;
            if (array[at] == '\n') at++;
            lineStart = at;
        }
        while (true) {
            int lineEnd = ByteScan.firstBelow(array, at, to, LINE_END_BOUND);
            if (lineEnd == to) break;
            at = lineEnd + 1;
            byte end = array[lineEnd];
            if (end != '\n' && end != '\r') continue;
            if (hasData && array != held && isField(DATA, array, lineStart, lineEnd)) return lineStart;
            takeLine(array, lineStart, lineEnd, out);
            if (deaf) return to;
            if (end == '\r') {
                if (at == to) lineFeedMayFollow = true;
                else if (array[at] == '\n') at++;
            }
            lineStart = at;
        }
        if (to - lineStart > maxEventBytes) fail(out);
        return to;
    }

    private void takeLine(byte[] array, int from, int to, SseListener out) {
        if (to - from > maxEventBytes) {
            fail(out);
            return;
        }
        int start = from;
        if (atFirstLine) {
            atFirstLine = false;
            if (startsWithByteOrderMark(array, from, to)) start += 3;
        }
        if (start == to) dispatch(array, out);
        else if (array[start] == ':') out.onComment();
        else if (isField(DATA, array, start, to)) addData(array, valueStart(DATA, array, start, to), to, out);
        else if (isField(EVENT, array, start, to)) type = text(array, valueStart(EVENT, array, start, to), to);
        else if (isField(ID, array, start, to)) takeId(text(array, valueStart(ID, array, start, to), to));
        else if (isField(RETRY, array, start, to)) takeRetry(array, valueStart(RETRY, array, start, to), to, out);
    }

    private void dispatch(byte[] array, SseListener out) {
        lastEventId = pendingEventId;
        String dispatchedType = type.isEmpty() ? DEFAULT_TYPE : type;
        type = "";
        if (!hasData) return;
        hasData = false;
        out.onEvent(dispatchedType, array, dataStart, dataEnd - dataStart);
    }

    private void addData(byte[] array, int from, int to, SseListener out) {
        if (hasData) {
            // The line began at or behind dataEnd and its value behind "data", so nothing unread is overwritten.
            array[dataEnd++] = '\n';
            System.arraycopy(array, from, array, dataEnd, to - from);
            dataEnd += to - from;
        } else {
            hasData = true;
            dataStart = from;
            dataEnd = to;
        }
        if (dataEnd - dataStart > maxEventBytes) fail(out);
    }

    /** An id with a NUL in it cannot be sent back in a header and is ignored. */
    private void takeId(String id) {
        if (id.indexOf('\0') < 0) pendingEventId = id;
    }

    private static void takeRetry(byte[] array, int from, int to, SseListener out) {
        if (from == to) return;
        long millis = 0;
        for (int at = from; at < to; at++) {
            int digit = array[at] - '0';
            if (digit < 0 || digit > 9) return;
            millis = millis > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : millis * 10 + digit;
        }
        out.onRetry(millis);
    }

    /** Moves what the next bytes may continue to the start of our own array: the block's data and the line begun. */
    private void keepUnfinished(byte[] array, int to) {
        int dataBytes = hasData ? dataEnd - dataStart : 0;
        int lineBytes = to - lineStart;
        int keptBytes = dataBytes + lineBytes;
        if (deaf || keptBytes == 0) {
            dropHeld();
            return;
        }
        // The line begins behind the data, so if it begins where they would end at the start, they are there.
        boolean isInPlace = array == held && lineStart == dataBytes;
        boolean isShrinking = held.length > SpareArrays.MAX_BYTES && keptBytes <= SpareArrays.USUAL_BYTES;
        if (isShrinking) held = SpareArrays.take();
        else if (array != held) growHeldTo(keptBytes);
        if (isShrinking || !isInPlace) {
            System.arraycopy(array, hasData ? dataStart : 0, held, 0, dataBytes);
            System.arraycopy(array, lineStart, held, dataBytes, lineBytes);
        }
        dataStart = 0;
        dataEnd = dataBytes;
        lineStart = dataBytes;
        heldBytes = keptBytes;
    }

    /** Nothing is left over. */
    private void dropHeld() {
        SpareArrays.give(held);
        held = NOTHING;
        heldBytes = 0;
        dataStart = 0;
        dataEnd = 0;
        lineStart = 0;
    }

    private void growHeldTo(int bytes) {
        if (bytes <= held.length) return;
        byte[] grown = held == NOTHING ? SpareArrays.take() : new byte[Math.max(bytes, held.length * 2)];
        if (bytes > grown.length) grown = new byte[bytes];
        System.arraycopy(held, 0, grown, 0, heldBytes);
        SpareArrays.give(held);
        held = grown;
    }

    private void fail(SseListener out) {
        deaf = true;
        out.onOversized(maxEventBytes);
    }

    private static boolean isField(byte[] name, byte[] array, int from, int to) {
        int nameEnd = from + name.length;
        if (nameEnd > to) return false;
        for (int i = 0; i < name.length; i++) {
            if (array[from + i] != name[i]) return false;
        }
        return nameEnd == to || array[nameEnd] == ':';
    }

    /** Behind the colon and one blank, if they are there. */
    private static int valueStart(byte[] name, byte[] array, int from, int to) {
        int start = Math.min(from + name.length + 1, to);
        return start < to && array[start] == ' ' ? start + 1 : start;
    }

    private static boolean startsWithByteOrderMark(byte[] array, int from, int to) {
        return to - from >= 3
                && array[from] == (byte) 0xEF
                && array[from + 1] == (byte) 0xBB
                && array[from + 2] == (byte) 0xBF;
    }

    private static String text(byte[] array, int from, int to) {
        return new String(array, from, to - from, StandardCharsets.UTF_8);
    }
}
