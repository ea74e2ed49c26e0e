package dev.antiphon.server.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether bytes that come in pieces are UTF-8 (RFC 3629 §4): no overlong form, no surrogate, nothing above U+10FFFF.
 *
 * <p>Threading: confined to its caller.
 */
final class Utf8Check {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private static final int LEAST_TAIL = 0x80;
    private static final int MOST_TAIL = 0xbf;

    private int tailsDue; // of the character that is coming in
    private int leastNext = LEAST_TAIL; // the byte behind the first is bounded more closely than the others
    private int mostNext = MOST_TAIL;

    /** @return false as soon as nothing that follows could make it UTF-8 */
    boolean accepts(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (tailsDue == 0) {
                at = endOfAscii(bytes, at, to);
                if (at == to) return true;
                if (!begins(bytes[at++] & 0xff)) return false;
            } else {
                int next = bytes[at++] & 0xff;
                if (next < leastNext || next > mostNext) return false;
                tailsDue--;
                leastNext = LEAST_TAIL;
                mostNext = MOST_TAIL;
            }
        }
        return true;
    }

    /** The text ends here. @return false if it ends within a character; in any case the next begins anew */
    boolean end() {
        boolean isWhole = tailsDue == 0;
        tailsDue = 0;
        leastNext = LEAST_TAIL;
        mostNext = MOST_TAIL;
        return isWhole;
    }

    private static int endOfAscii(byte[] bytes, int from, int to) {
        int at = from;
        while (to - at >= 32) {
            long any = (long) EIGHT.get(bytes, at)
                    | (long) EIGHT.get(bytes, at + 8)
                    | (long) EIGHT.get(bytes, at + 16)
                    | (long) EIGHT.get(bytes, at + 24);
            if ((any & NOT_ASCII) != 0) break;
            at += 32;
        }
        while (at < to && bytes[at] >= 0) at++;
        return at;
    }

    private boolean begins(int first) {
        if (first < 0xc2 || first > 0xf4) return false; // a tail, overlong, or beyond U+10FFFF
        tailsDue = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if (first == 0xe0) leastNext = 0xa0; // overlong
        if (first == 0xed) mostNext = 0x9f; // surrogates
        if (first == 0xf0) leastNext = 0x90; // overlong
        if (first == 0xf4) mostNext = 0x8f; // beyond U+10FFFF
        return true;
    }
}
