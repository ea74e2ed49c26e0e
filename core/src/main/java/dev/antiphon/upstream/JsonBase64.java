package dev.antiphon.upstream;

import dev.antiphon.audio.Base64PcmStream;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Base64 as it stands between the quotes of JSON strings, one piece after another, escapes and all.
 *
 * <p>Threading: confined to its caller.
 */
final class JsonBase64 {
    private final Base64PcmStream base64 = new Base64PcmStream();

    /** At most so many bytes come of one piece. */
    static int mostBytes(int from, int to) {
        return (to - from) / 4 * 3 + 3;
    }

    /**
     * Appends every byte that is known by now.
     *
     * @param array lent; the string's raw bytes between its quotes are {@code from} to {@code to}
     * @param out lent
     * @return false: this is no base64
     */
    boolean decode(byte[] array, int from, int to, ByteBuf out) {
        int taken = from + base64.decode(array, from, to - from, out);
        if (taken == to) return true;
        if (array[taken] != '\\') return false;
        String rest = EventJson.unescape(array, taken, to);
        if (rest == null) return false;
        // What is not Latin-1 becomes '?', which is as wrong in base64 as it was.
        byte[] characters = rest.getBytes(StandardCharsets.ISO_8859_1);
        return base64.decode(characters, 0, characters.length, out) == characters.length;
    }

    /**
     * As {@link #decode}, of a piece that may turn out to be none.
     *
     * @return false: there is something else than base64 in it; the piece before it is still the last one
     */
    boolean decodePlain(byte[] array, int from, int to, ByteBuf out) {
        return base64.decodeWhole(array, from, to - from, out);
    }
}
