package dev.antiphon.bench.load.caller;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a server's frames (RFC 6455 §5.2), which bear no mask. A frame is handed on whole, in an array that all readers
 * of a loop share.
 *
 * <p>Threading: confined to the caller's event loop.
 */
final class ServerFrames implements AutoCloseable {
    private static final int FINAL = 0x80;
    private static final int OPCODE = 0x0F;
    private static final int LENGTH = 0x7F;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final int SHORTEST_HEAD = 2;

    /** What is found. */
    interface Listener {
        /** @param payload lent until return, and only up to {@code length} */
        void onFrame(int opcode, byte[] payload, int length);
    }

    /** Where frames are put together; one for all readers of a loop. */
    static final class Workbench {
        private byte[] bytes = new byte[64 << 10];

        byte[] ofAtLeast(int length) {
            if (bytes.length < length) bytes = new byte[Integer.highestOneBit(length) << 1];
            return bytes;
        }
    }

    private final Workbench workbench;
    private final ByteBufAllocator allocator;
    private @Nullable ByteBuf unfinished; // null: no frame is half read

    ServerFrames(Workbench workbench, ByteBufAllocator allocator) {
        this.workbench = workbench;
        this.allocator = allocator;
    }

    /**
     * @param in lent
     * @throws IllegalArgumentException it is not what a server may send, or a message in fragments
     */
    void feed(ByteBuf in, Listener out) {
        ByteBuf bytes = in;
        if (unfinished != null) bytes = unfinished.writeBytes(in);
        while (readFrame(bytes, out)) {}
        if (!bytes.isReadable()) {
            close();
        } else if (unfinished == null) {
            unfinished = allocator
                    .buffer(Math.max(frameBytes(bytes), bytes.readableBytes()))
                    .writeBytes(bytes);
        } else {
            unfinished.discardSomeReadBytes();
        }
    }

    private boolean readFrame(ByteBuf bytes, Listener out) {
        int frameBytes = frameBytes(bytes);
        if (frameBytes == 0 || bytes.readableBytes() < frameBytes) return false;
        int at = bytes.readerIndex();
        int first = bytes.getByte(at);
        if ((first & FINAL) == 0 || (first & OPCODE) == 0) {
            throw new IllegalArgumentException("a message in fragments (expected: one frame each)");
        }
        int length = payloadBytes(bytes);
        byte[] payload = workbench.ofAtLeast(length);
        bytes.getBytes(at + frameBytes - length, payload, 0, length);
        bytes.skipBytes(frameBytes);
        out.onFrame(first & OPCODE, payload, length);
        return true;
    }

    /** Of the frame that begins here, its head included; 0: not known yet. */
    private static int frameBytes(ByteBuf bytes) {
        int available = bytes.readableBytes();
        if (available < SHORTEST_HEAD) return 0;
        int length = bytes.getByte(bytes.readerIndex() + 1) & LENGTH;
        int headBytes = length == LENGTH_16 ? 4 : length == LENGTH_64 ? 10 : 2;
        if (available < headBytes) return 0;
        return headBytes + payloadBytes(bytes);
    }

    /** The head must be there. */
    private static int payloadBytes(ByteBuf bytes) {
        int at = bytes.readerIndex() + 1;
        int length = bytes.getByte(at);
        if (length < 0) throw new IllegalArgumentException("a masked frame (expected: none from a server)");
        if (length == LENGTH_16) return bytes.getUnsignedShort(at + 1);
        if (length == LENGTH_64) return Math.toIntExact(bytes.getLong(at + 1));
        return length;
    }

    /** What is half read is dropped. */
    @Override
    public void close() {
        if (unfinished != null) unfinished.release();
        unfinished = null;
    }
}
