package dev.antiphon.bench.load.stamp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What a piece of an answer says about itself in its first {@value #BYTES} bytes.
 *
 * <pre>
 *  0         8         16        20       24      28         36        44          52      60
 *  | magic   | answer  | sequence| pieces | bytes | intended | written | request   | check |   little-endian
 * </pre>
 *
 * Moments are {@link System#nanoTime()}, which on Linux is CLOCK_MONOTONIC: one clock for all processes of a machine,
 * and of no meaning on another.
 *
 * <p>Threading: confined to its caller.
 */
public final class Stamp {
    /** A multiple of 3, so that its base64 can be joined with that of the sound behind it, and of 2, whole samples. */
    public static final int BYTES = 60;

    static final long MAGIC = 0xA7F1_5E93_C24B_8D06L;

    private static final int ANSWER = 8;
    private static final int SEQUENCE = 16;
    private static final int PIECES = 20;
    private static final int PIECE_BYTES = 24;
    private static final int INTENDED = 28;
    private static final int WRITTEN = 36;
    private static final int REQUEST_READ = 44;
    private static final int CHECK = 52;
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    final byte[] bytes = new byte[BYTES];

    /** Names the answer, among all of one upstream. */
    public long answerId() {
        return (long) LONG.get(bytes, ANSWER);
    }

    /** From 0. */
    public int sequence() {
        return (int) INT.get(bytes, SEQUENCE);
    }

    /** How many pieces the whole answer has. */
    public int pieces() {
        return (int) INT.get(bytes, PIECES);
    }

    /** Length of the piece, stamp included. */
    public int pieceBytes() {
        return (int) INT.get(bytes, PIECE_BYTES);
    }

    /** When the piece was to be sent. */
    public long intendedNanos() {
        return (long) LONG.get(bytes, INTENDED);
    }

    /** When it was handed to the connection. */
    public long writtenNanos() {
        return (long) LONG.get(bytes, WRITTEN);
    }

    /** When the last byte of the request that this answers had been read. */
    public long requestReadNanos() {
        return (long) LONG.get(bytes, REQUEST_READ);
    }

    public Stamp setAnswer(long answerId, int pieces, long requestReadNanos) {
        LONG.set(bytes, 0, MAGIC);
        LONG.set(bytes, ANSWER, answerId);
        INT.set(bytes, PIECES, pieces);
        LONG.set(bytes, REQUEST_READ, requestReadNanos);
        return this;
    }

    /** @return the bytes as they are sent; lent until the next call */
    public byte[] setPiece(int sequence, int pieceBytes, long intendedNanos, long writtenNanos) {
        INT.set(bytes, SEQUENCE, sequence);
        INT.set(bytes, PIECE_BYTES, pieceBytes);
        LONG.set(bytes, INTENDED, intendedNanos);
        LONG.set(bytes, WRITTEN, writtenNanos);
        LONG.set(bytes, CHECK, check());
        return bytes;
    }

    boolean isIntact() {
        return (long) LONG.get(bytes, 0) == MAGIC
                && (long) LONG.get(bytes, CHECK) == check()
                && pieceBytes() > BYTES
                && pieceBytes() <= PieceSound.MAX_PIECE_BYTES;
    }

    /** Tells apart what was sent from what was damaged on the way; no protection against intent. */
    private long check() {
        long sum = 0;
        for (int at = 0; at < 48; at += 8) sum = (sum ^ (long) LONG.get(bytes, at)) * ODD;
        sum = (sum ^ (int) INT.get(bytes, 48)) * ODD;
        return sum ^ (sum >>> 29);
    }
}
