package dev.antiphon.server.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.concurrent.FastThreadLocal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's frames (RFC 6455 §5), cut anywhere, to whole messages. It does no I/O and answers nothing: what breaks
 * the protocol is thrown with the code to close with, and nothing is read behind it, nor behind a Close.
 *
 * <p>Threading: confined to its caller.
 */
final class FrameReader implements AutoCloseable {
    /*
     *   0               1               2               3
     *  ┌─┬───┬────────┬─┬─────────────┬───────────────────────────────┬──────────┬─────────┐
     *  │F│rsv│ opcode │M│ length 0–125│ 16 bits if 126, 64 bits if 127│ mask (4) │ payload │
     *  └─┴───┴────────┴─┴─────────────┴───────────────────────────────┴──────────┴─────────┘
     *
     * A data frame that is a message and is there whole, as nearly all are, is copied once, out of the socket's buffer
     * into an array of the thread, and unmasked and checked there. Only what is not there whole costs memory of the
     * connection, and as much as has come, whatever length was announced. Text is checked as it comes: what cannot become
     * UTF-8 any more is refused before its frame has ended. ADR 0016.
     */
    static final int MAX_FRAGMENTS = 32;
    static final int MAX_EMPTY_FRAGMENTS_IN_A_ROW = 4;

    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0f;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int LENGTH_16_BITS = 126;
    private static final int LENGTH_64_BITS = 127;
    private static final int MASK_BYTES = 4;
    private static final int MAX_HEAD_BYTES = 2 + 8 + MASK_BYTES;
    private static final int MAX_CONTROL_BYTES = 125;

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int NO_MESSAGE = -1;

    private static final int SCRATCH_BYTES = 8 * 1024;
    private static final int KEPT_SCRATCH_BYTES = 64 * 1024;
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private final int maxMessageBytes;
    private final ByteBufAllocator allocator;
    private final Utf8Check utf8 = new Utf8Check();

    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private int headBytes; // that have come; 0: between two frames
    private int headNeeded = 2;
    private boolean isHeadRead;

    // Of the frame that is coming in; valid once its head was read.
    private int opcode;
    private boolean isLast;
    private int payloadBytes;
    private int payloadRead;
    private int mask; // its first byte lowest

    // Of the message that is coming in.
    private int messageOpcode = NO_MESSAGE;
    private int fragments;
    private int emptyInARow;
    private @Nullable ByteBuf message; // what has come of it, unless it was there whole; null: nothing
    private @Nullable ByteBuf control; // what has come of a control frame that is not there whole; null: nothing

    private long framesRead;
    private boolean isDone; // the rest means nothing

    /** @param maxMessageBytes of one message, whole or in fragments */
    FrameReader(int maxMessageBytes, ByteBufAllocator allocator) {
        this.maxMessageBytes = maxMessageBytes;
        this.allocator = allocator;
    }

    /**
     * Reads on.
     *
     * @param in lent; read to its end
     * @throws CorruptedWebSocketFrameException if the client breaks the protocol or sends too much
     */
    void feed(ByteBuf in, FrameListener out) {
        try {
            while (!isDone && readHead(in) && readPayload(in, out)) {}
        } catch (CorruptedWebSocketFrameException violation) {
            isDone = true;
            throw violation;
        }
        if (isDone) in.skipBytes(in.readableBytes());
    }

    /** Whether a frame has begun that has not ended. */
    boolean isWithinFrame() {
        return headBytes > 0 && !isDone;
    }

    /** How many frames have ended. */
    long framesRead() {
        return framesRead;
    }

    @Override
    public void close() {
        isDone = true;
        if (message != null) message.release();
        if (control != null) control.release();
        message = null;
        control = null;
    }

    // ---- the head ----

    /** @return false: there is more of it to come */
    private boolean readHead(ByteBuf in) {
        if (isHeadRead) return true;
        while (headBytes < headNeeded) {
            if (!in.isReadable()) return false;
            head[headBytes++] = in.readByte();
            if (headBytes == 2) checkFirstTwo();
        }
        takeLength();
        takeMask();
        isHeadRead = true;
        payloadRead = 0;
        if (opcode < CLOSE) beginFragment();
        return true;
    }

    private void checkFirstTwo() {
        opcode = head[0] & OPCODE;
        isLast = (head[0] & FIN) != 0;
        int length = head[1] & LENGTH;
        if ((head[0] & RESERVED) != 0) throw violation("reserved bits are set, no extension was negotiated");
        if ((head[1] & MASKED) == 0) throw violation("a client's frame is masked (RFC 6455 §5.1)");
        switch (opcode) {
            case CONTINUATION -> {
                if (messageOpcode == NO_MESSAGE) throw violation("continuation without a start (RFC 6455 §5.4)");
            }
            case TEXT, BINARY -> {
                if (messageOpcode != NO_MESSAGE) throw violation("a message within another (RFC 6455 §5.4)");
            }
            case CLOSE, PING, PONG -> {
                if (!isLast) throw violation("a control frame in fragments (RFC 6455 §5.5)");
                if (length > MAX_CONTROL_BYTES) throw violation("control frame: over 125 bytes (RFC 6455 §5.5)");
            }
            default -> throw violation("opcode: " + opcode + " (RFC 6455 §5.2 reserves it)");
        }
        headNeeded = 2 + MASK_BYTES + (length == LENGTH_16_BITS ? 2 : length == LENGTH_64_BITS ? 8 : 0);
    }

    private void takeLength() {
        int marked = head[1] & LENGTH;
        long length = marked;
        if (marked >= LENGTH_16_BITS) {
            length = 0;
            for (int i = 2; i < headNeeded - MASK_BYTES; i++) length = length << 8 | (head[i] & 0xff);
            boolean isLeast = marked == LENGTH_16_BITS ? length >= LENGTH_16_BITS : length < 0 || length > 0xffff;
            if (!isLeast || length < 0) throw violation("length: not in the fewest bytes (RFC 6455 §5.2)");
        }
        if (length > maxMessageBytes) throw tooBig();
        payloadBytes = (int) length;
    }

    private void takeMask() {
        int at = headNeeded - MASK_BYTES;
        mask = (head[at] & 0xff) | (head[at + 1] & 0xff) << 8 | (head[at + 2] & 0xff) << 16 | head[at + 3] << 24;
    }

    private void beginFragment() {
        boolean isFirst = opcode != CONTINUATION;
        if (isFirst && isLast) {
            messageOpcode = opcode;
            return;
        }
        if (isFirst) {
            messageOpcode = opcode;
            fragments = 0;
            emptyInARow = 0;
        }
        emptyInARow = payloadBytes > 0 ? 0 : emptyInARow + 1;
        int before = message == null ? 0 : message.readableBytes();
        if (before + (long) payloadBytes > maxMessageBytes) throw tooBig();
        if (++fragments > MAX_FRAGMENTS || emptyInARow > MAX_EMPTY_FRAGMENTS_IN_A_ROW) {
            throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.POLICY_VIOLATION, "too many fragments");
        }
    }

    // ---- the payload ----

    /** @return false: there is more of it to come */
    private boolean readPayload(ByteBuf in, FrameListener out) {
        int left = payloadBytes - payloadRead;
        int available = Math.min(in.readableBytes(), left);
        if (available == 0 && left > 0) return false;
        boolean isWhole = payloadRead == 0 && available == left;
        boolean isControl = opcode >= CLOSE;
        if (isWhole && (isControl || (isLast && message == null))) {
            Scratch scratch = SCRATCH.get();
            ByteBuf payload = scratch.take();
            try {
                append(in, available, payload);
                end(payload, out);
            } finally {
                scratch.putBack(payload);
            }
            return true;
        }
        append(in, available, isControl ? controlUnderWay() : messageUnderWay());
        if (available < left) return false;
        if (isControl) endControl(out);
        else if (isLast) endMessage(out);
        else endFrame();
        return true;
    }

    private void append(ByteBuf in, int bytes, ByteBuf target) {
        target.ensureWritable(bytes);
        int from = target.arrayOffset() + target.writerIndex();
        in.readBytes(target, bytes);
        unmask(target.array(), from, from + bytes, Integer.rotateRight(mask, 8 * (payloadRead & 3)));
        payloadRead += bytes;
        if (opcode < CLOSE && messageOpcode == TEXT && !utf8.accepts(target.array(), from, from + bytes)) {
            throw notUtf8();
        }
    }

    private static void unmask(byte[] bytes, int from, int to, int mask) {
        long eightMask = (mask & 0xffff_ffffL) * 0x1_0000_0001L;
        int at = from;
        for (; to - at >= 8; at += 8) EIGHT.set(bytes, at, (long) EIGHT.get(bytes, at) ^ eightMask);
        for (int i = 0; at < to; at++, i++) bytes[at] ^= (byte) (mask >>> (8 * (i & 3)));
    }

    private ByteBuf messageUnderWay() {
        ByteBuf underWay = message;
        if (underWay == null) message = underWay = allocator.heapBuffer();
        return underWay;
    }

    private ByteBuf controlUnderWay() {
        ByteBuf underWay = control;
        if (underWay == null) control = underWay = allocator.heapBuffer(MAX_CONTROL_BYTES);
        return underWay;
    }

    private void endControl(FrameListener out) {
        ByteBuf whole = controlUnderWay();
        control = null;
        try {
            end(whole, out);
        } finally {
            whole.release();
        }
    }

    private void endMessage(FrameListener out) {
        ByteBuf whole = messageUnderWay();
        message = null;
        try {
            end(whole, out);
        } finally {
            whole.release();
        }
    }

    private void endFrame() {
        framesRead++;
        headBytes = 0;
        headNeeded = 2;
        isHeadRead = false;
    }

    /**
     * A control frame, or a message, is there.
     *
     * @param payload lent
     */
    private void end(ByteBuf payload, FrameListener out) {
        endFrame();
        switch (opcode) {
            case PING -> out.onPing(payload);
            case PONG -> out.onPong();
            case CLOSE -> {
                int statusCode = statusCode(payload);
                isDone = true;
                out.onClose(statusCode);
            }
            default -> {
                boolean isText = messageOpcode == TEXT;
                messageOpcode = NO_MESSAGE;
                if (isText && !utf8.end()) throw notUtf8();
                if (isText) out.onText(payload);
                else out.onBinary(payload);
            }
        }
    }

    private static int statusCode(ByteBuf payload) {
        if (!payload.isReadable()) return -1;
        if (payload.readableBytes() == 1) throw violation("close: 1 byte (expected: none, or a code of 2)");
        int code = payload.getUnsignedShort(payload.readerIndex());
        boolean isLegal =
                (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
        if (!isLegal) throw violation("close code: " + code + " (RFC 6455 §7.4)");
        Utf8Check reason = new Utf8Check();
        int from = payload.arrayOffset() + payload.readerIndex();
        if (!reason.accepts(payload.array(), from + 2, from + payload.readableBytes()) || !reason.end()) {
            throw notUtf8();
        }
        return code;
    }

    private static CorruptedWebSocketFrameException violation(String what) {
        return new CorruptedWebSocketFrameException(WebSocketCloseStatus.PROTOCOL_ERROR, what);
    }

    private static CorruptedWebSocketFrameException notUtf8() {
        return new CorruptedWebSocketFrameException(WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "text: not UTF-8");
    }

    private CorruptedWebSocketFrameException tooBig() {
        return new CorruptedWebSocketFrameException(
                WebSocketCloseStatus.MESSAGE_TOO_BIG, "message: over " + maxMessageBytes + " bytes");
    }

    /** Memory for a frame that is there whole: of one thread, for all the readers on it. */
    private static final class Scratch {
        private @Nullable ByteBuf payload = Unpooled.buffer(SCRATCH_BYTES); // null: taken

        /** @return empty; given, to be put back */
        ByteBuf take() {
            ByteBuf taken = payload;
            payload = null;
            return taken == null ? Unpooled.buffer(SCRATCH_BYTES) : taken.clear();
        }

        /** @param used taken; who was lent it may have kept it, or a slice of it */
        void putBack(ByteBuf used) {
            if (used.refCnt() == 1 && used.capacity() <= KEPT_SCRATCH_BYTES) payload = used;
            else used.release();
        }
    }
}
