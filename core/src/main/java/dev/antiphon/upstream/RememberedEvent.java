package dev.antiphon.upstream;

import java.util.Arrays;

/**
 * An event that was parsed, kept so that the next one like it need not be: one that equals it in every byte but for the
 * content of at most two strings. What the parser found in it then holds for the other too.
 *
 * <p>Threading: confined to its parser.
 */
final class RememberedEvent {
    /*
     *  head                              content   middle                                        padding  tail
     *  {"id":…,"delta":{"audio":{"data":" AAAA…    "}},"finish_reason":null}],…,"obfuscation":"   aX3…     "}
     *
     * The characters of a JSON string may be exchanged for any others that are plain, that is neither a quote nor a
     * backslash nor a control character, and it is the same document with another text in that place. Padding is looked
     * at here, a word too; that sound is plain is shown by decoding it, as no letter of base64 is anything but plain.
     * ADR 0014.
     */

    /** What stands in {@code content}. */
    enum Kind {
        SOUND,
        TRANSCRIPT,
        /** There is no content, and no choice in the event. */
        TICK
    }

    /** A longer event is not worth the memory: it is parsed each time. */
    private static final int MAX_KNOWN_BYTES = 4 * 1024;
    /** OpenAI pads with 30 characters at most. */
    private static final int MAX_PADDING_CHARS = 64;

    private static final byte[] NOTHING = {};

    private final Kind kind;
    private final Delta delta = new Delta(); // of the event recalled last
    private byte[] known = NOTHING; // head, middle, tail
    private int headBytes;
    private int middleBytes;
    private int tailBytes;
    private boolean isPadded;
    private boolean isAudioModality;
    private boolean isKnown;
    private boolean isGivenUp;
    private int contentStart;
    private int contentEnd;

    RememberedEvent(Kind kind) {
        this.kind = kind;
    }

    /**
     * Keeps what surrounds the content, of an event read to its end.
     *
     * @param array lent
     * @param contentFrom behind the quote that opens the content; {@link Kind#TICK}: equal to {@code contentTo}
     * @param paddingFrom behind the quote that opens the padding; 0: there is none
     * @param found what the parser found in it; copied
     */
    void learn(
            byte[] array,
            int offset,
            int length,
            int contentFrom,
            int contentTo,
            int paddingFrom,
            int paddingTo,
            Delta found,
            boolean newIsAudioModality) {
        isKnown = false;
        if (isGivenUp) return;
        int end = offset + length;
        boolean hasContent = kind != Kind.TICK;
        isPadded = paddingFrom > 0 && (!hasContent || paddingFrom > contentTo);
        int middleFrom = hasContent ? contentTo : offset;
        int middleTo = isPadded ? paddingFrom : end;
        headBytes = hasContent ? contentFrom - offset : 0;
        middleBytes = middleTo - middleFrom;
        tailBytes = isPadded ? end - paddingTo : 0;
        int knownBytes = headBytes + middleBytes + tailBytes;
        if (knownBytes > MAX_KNOWN_BYTES) return;
        if (known.length < knownBytes) known = new byte[knownBytes];
        System.arraycopy(array, offset, known, 0, headBytes);
        System.arraycopy(array, middleFrom, known, headBytes, middleBytes);
        System.arraycopy(array, end - tailBytes, known, headBytes + middleBytes, tailBytes);
        delta.copy(found);
        isAudioModality = newIsAudioModality;
        isKnown = true;
    }

    /**
     * Whether an event is like the one learnt. Of sound this is not proved before all of it has been decoded.
     *
     * @param array lent
     */
    boolean recall(byte[] array, int offset, int length) {
        int padlessBytes = headBytes + middleBytes + tailBytes;
        if (!isKnown || length < padlessBytes) return false;
        int end = offset + length;
        int middleEnd = end - tailBytes;
        if (isPadded) {
            int tailAt = headBytes + middleBytes;
            if (!Arrays.equals(array, middleEnd, end, known, tailAt, tailAt + tailBytes)) return false;
            int least = Math.max(offset + headBytes + middleBytes, middleEnd - MAX_PADDING_CHARS);
            while (middleEnd > least && isPlain(array[middleEnd - 1])) middleEnd--;
        }
        contentStart = offset + headBytes;
        contentEnd = middleEnd - middleBytes;
        if (contentEnd < contentStart) return false;
        return Arrays.equals(array, contentEnd, middleEnd, known, headBytes, headBytes + middleBytes)
                && Arrays.equals(array, offset, contentStart, known, 0, headBytes)
                && takeContent(array);
    }

    /** The one recalled turned out to be another after all: servers of such events are not worth a second attempt. */
    void giveUp() {
        isKnown = false;
        isGivenUp = true;
    }

    Kind kind() {
        return kind;
    }

    /** Of the event recalled last, as its parser would have found it. Valid until the next. */
    Delta delta() {
        return delta;
    }

    boolean isAudioModality() {
        return isAudioModality;
    }

    private boolean takeContent(byte[] array) {
        if (kind == Kind.TICK) return contentStart == contentEnd;
        // An empty text is no text to the parser.
        if (contentStart == contentEnd) return false;
        if (kind == Kind.SOUND) {
            delta.dataStart = contentStart;
            delta.dataEnd = contentEnd;
            return true;
        }
        for (int at = contentStart; at < contentEnd; at++) {
            if (!isPlain(array[at])) return false;
        }
        delta.transcript = Delta.plainText(array, contentStart, contentEnd);
        return true;
    }

    private static boolean isPlain(byte character) {
        return character >= ' ' && character < 0x7f && character != '"' && character != '\\';
    }
}
