package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/**
 * Looks into JSON without reading it all: where words are, and what number or string stands behind a key. Enough for the
 * events of a server that is known, and free of garbage.
 *
 * <p>Threading: stateless.
 */
final class ByteText {
    private ByteText() {}

    static byte[] of(String text) {
        return text.getBytes(US_ASCII);
    }

    static boolean startsWith(byte[] bytes, int from, int to, byte[] word) {
        return to - from >= word.length && Arrays.equals(bytes, from, from + word.length, word, 0, word.length);
    }

    /** @return where the word begins; -1: nowhere */
    static int find(byte[] word, byte[] bytes, int from, int to) {
        byte first = word[0];
        for (int at = from; at <= to - word.length; at++) {
            if (bytes[at] == first && startsWith(bytes, at, to, word)) return at;
        }
        return -1;
    }

    /** @return where the value of the key begins, its quote passed over; -1: there is no such key */
    static int valueOf(byte[] quotedKey, byte[] bytes, int from, int to) {
        int at = find(quotedKey, bytes, from, to);
        if (at < 0) return -1;
        at += quotedKey.length;
        while (at < to && (bytes[at] == ' ' || bytes[at] == ':')) at++;
        return at < to && bytes[at] == '"' ? at + 1 : at;
    }

    /** @return -1: there is no such key, or no number behind it */
    static long numberOf(byte[] quotedKey, byte[] bytes, int from, int to) {
        int at = valueOf(quotedKey, bytes, from, to);
        if (at < 0 || at >= to || bytes[at] < '0' || bytes[at] > '9') return -1;
        long number = 0;
        while (at < to && bytes[at] >= '0' && bytes[at] <= '9') number = number * 10 + (bytes[at++] - '0');
        return number;
    }
}
