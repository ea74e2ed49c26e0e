package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes base64 that comes in pieces: cut anywhere, or each piece a text of its own with padding at its end.
 *
 * <p>Threading: confined to its caller.
 */
public final class Base64PcmStream {
    private static final byte ILLEGAL = -1;
    private static final byte[] VALUES = valuesOfTheAlphabet();

    /** The six-bit values of an unfinished quad, the newest lowest. */
    private int quad;

    private int quadChars;
    /** A quad ended in the first of two {@code =}: the second must come next. */
    private boolean paddingDue;

    /**
     * Appends every byte that is known by now.
     *
     * @param out lent
     * @return how many characters were taken: all of them, or those before the first that cannot stand where it does;
     *     the stream can then go on with what the caller makes of the rest
     */
    public int decode(byte[] src, int offset, int length, ByteBuf out) {
        int at = offset;
        int end = offset + length;
        while (at < end && (quadChars != 0 || paddingDue)) {
            if (!take(src[at], out)) return at - offset;
            at++;
        }
        int quadsChars = (end - at) & ~3;
        // Only to spare the blocks an exception: what they leave is taken one by one in any case.
        if (quadsChars > 0 && src[at + quadsChars - 1] == '=') quadsChars -= 4;
        at += Base64Pcm.decodeQuads(src, at, quadsChars, out);
        while (at < end && take(src[at], out)) at++;
        return at - offset;
    }

    /**
     * As {@link #decode}, all or nothing.
     *
     * @param out lent; has a beginning of the bytes when the answer is false
     * @return false if something cannot stand where it does; the stream is then where it was
     */
    public boolean decodeWhole(byte[] src, int offset, int length, ByteBuf out) {
        int quadBefore = quad;
        int quadCharsBefore = quadChars;
        boolean paddingDueBefore = paddingDue;
        if (decode(src, offset, length, out) == length) return true;
        quad = quadBefore;
        quadChars = quadCharsBefore;
        paddingDue = paddingDueBefore;
        return false;
    }

    /**
     * Nothing will follow: appends what a text without padding still owes.
     *
     * @return false if it stops where no base64 text can
     */
    public boolean end(ByteBuf out) {
        int chars = quadChars;
        boolean legal = chars != 1 && !paddingDue;
        if (chars >= 2) finishQuad(out);
        quadChars = 0;
        paddingDue = false;
        return legal;
    }

    private boolean take(byte character, ByteBuf out) {
        if (character == '=') return takePadding(out);
        byte value = VALUES[character & 0xff];
        if (value == ILLEGAL || paddingDue) return false;
        quad = quad << 6 | value;
        if (++quadChars == 4) {
            out.writeMedium(quad);
            quadChars = 0;
        }
        return true;
    }

    private boolean takePadding(ByteBuf out) {
        if (paddingDue) {
            paddingDue = false;
            return true;
        }
        if (quadChars < 2) return false;
        paddingDue = quadChars == 2;
        finishQuad(out);
        quadChars = 0;
        return true;
    }

    /** Two characters hold one byte, three hold two; the bits left over are dropped. */
    private void finishQuad(ByteBuf out) {
        if (quadChars == 2) out.writeByte(quad >>> 4);
        else out.writeShort(quad >>> 2);
    }

    private static byte[] valuesOfTheAlphabet() {
        byte[] alphabet =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(StandardCharsets.US_ASCII);
        byte[] values = new byte[256];
        Arrays.fill(values, ILLEGAL);
        for (int i = 0; i < alphabet.length; i++) values[alphabet[i]] = (byte) i;
        return values;
    }
}
