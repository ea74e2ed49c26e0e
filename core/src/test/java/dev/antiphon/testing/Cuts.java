package dev.antiphon.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The same bytes cut in different ways, as buffers of either kind: an incremental decoder must not see a difference.
 */
public final class Cuts {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private Cuts() {}

    /** How the pieces lie in memory. */
    public enum Memory {
        HEAP,
        DIRECT
    }

    public static void whole(byte[] bytes, Memory memory, Consumer<ByteBuf> decoder) {
        feed(bytes, 0, bytes.length, memory, decoder);
    }

    public static void byteByByte(byte[] bytes, Memory memory, Consumer<ByteBuf> decoder) {
        for (int at = 0; at < bytes.length; at++) feed(bytes, at, at + 1, memory, decoder);
    }

    public static void at(int cut, byte[] bytes, Memory memory, Consumer<ByteBuf> decoder) {
        feed(bytes, 0, cut, memory, decoder);
        feed(bytes, cut, bytes.length, memory, decoder);
    }

    public static void every(int pieceBytes, byte[] bytes, Memory memory, Consumer<ByteBuf> decoder) {
        for (int at = 0; at < bytes.length; at += pieceBytes) {
            feed(bytes, at, Math.min(at + pieceBytes, bytes.length), memory, decoder);
        }
    }

    /** Pieces of 0 to {@code maxPieceBytes}, in memory of either kind by turns. */
    public static void random(Random random, int maxPieceBytes, byte[] bytes, Consumer<ByteBuf> decoder) {
        int at = 0;
        while (at < bytes.length) {
            int to = Math.min(bytes.length, at + random.nextInt(maxPieceBytes + 1));
            feed(bytes, at, to, random.nextBoolean() ? Memory.HEAP : Memory.DIRECT, decoder);
            at = to;
        }
    }

    /** Lends one piece that neither begins nor ends where its memory does, and checks that it was read and not kept. */
    private static void feed(byte[] bytes, int from, int to, Memory memory, Consumer<ByteBuf> decoder) {
        int capacity = to - from + 5;
        ByteBuf piece = memory == Memory.HEAP ? ALLOCATOR.heapBuffer(capacity) : ALLOCATOR.directBuffer(capacity);
        try {
            piece.writeZero(3).skipBytes(3).writeBytes(bytes, from, to - from);
            byte[] before = new byte[to - from];
            piece.getBytes(3, before);
            decoder.accept(piece);
            if (piece.isReadable()) throw new AssertionError("left unread: " + piece.readableBytes() + " bytes");
            byte[] after = new byte[to - from];
            piece.getBytes(3, after);
            if (piece.refCnt() != 1) throw new AssertionError("a lent buffer was retained");
            if (!Arrays.equals(before, after)) throw new AssertionError("a lent buffer was written to");
        } finally {
            piece.release();
        }
    }
}
