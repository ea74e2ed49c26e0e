package dev.antiphon.sse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the first byte below a bound, 64 bytes a step: line ends and quotes stand below everything base64 is made of.
 *
 * <p>Threading: stateless.
 */
public final class ByteScan {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private ByteScan() {}

    /**
     * @param bound 1 to 128; bytes count as unsigned, so no byte of a multi-byte UTF-8 character is ever found
     * @return the index of the first byte less than {@code bound}; {@code to} when there is none
     */
    public static int firstBelow(byte[] bytes, int from, int to, int bound) {
        long bounds = ONES * bound;
        int at = from;
        for (; at <= to - 64; at += 64) {
            // Sets the high bits of bytes above 127 too, which do not stand in base64: a step that is looked at twice.
            long suspects = ((long) LONGS.get(bytes, at) - bounds)
                    | ((long) LONGS.get(bytes, at + 8) - bounds)
                    | ((long) LONGS.get(bytes, at + 16) - bounds)
                    | ((long) LONGS.get(bytes, at + 24) - bounds)
                    | ((long) LONGS.get(bytes, at + 32) - bounds)
                    | ((long) LONGS.get(bytes, at + 40) - bounds)
                    | ((long) LONGS.get(bytes, at + 48) - bounds)
                    | ((long) LONGS.get(bytes, at + 56) - bounds);
            if ((suspects & HIGH_BITS) != 0 && hasBelow(bytes, at, bounds)) break;
        }
        for (; at <= to - 8; at += 8) {
            long hits = borrowsOf((long) LONGS.get(bytes, at), bounds) & HIGH_BITS;
            // A borrow only runs upwards, so the lowest hit, which is the first byte, is never a false one.
            if (hits != 0) return at + (Long.numberOfTrailingZeros(hits) >>> 3);
        }
        for (; at < to; at++) {
            if ((bytes[at] & 0xff) < bound) return at;
        }
        return to;
    }

    private static boolean hasBelow(byte[] bytes, int from, long bounds) {
        long borrows = 0;
        for (int at = from; at < from + 64; at += 8) borrows |= borrowsOf((long) LONGS.get(bytes, at), bounds);
        return (borrows & HIGH_BITS) != 0;
    }

    /** The high bit of a byte is set where the byte is less than the bound, and perhaps in bytes above such a one. */
    private static long borrowsOf(long eightBytes, long bounds) {
        return (eightBytes - bounds) & ~eightBytes;
    }
}
