package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * The head of an Ogg page and its checksum. RFC 3533 §6.
 *
 * <p>Threading: stateless.
 */
final class OggPage {
    /*
     *  0 "OggS"  4 version 0  5 flags  6 granule position  14 serial  18 page number  22 checksum  26 segments
     * 27 one length for each segment, then their bytes; a length of 255 says that the packet goes on; all little-endian
     */
    static final int CAPTURE = 0x4F676753;
    static final int HEAD_BYTES = 27;
    static final int MOST_SEGMENTS = 255;
    static final int MOST_SEGMENT_BYTES = 255;
    static final int MOST_BYTES = HEAD_BYTES + MOST_SEGMENTS + MOST_SEGMENTS * MOST_SEGMENT_BYTES;

    static final int CONTINUED = 1;
    static final int FIRST = 2;
    static final int LAST = 4;

    /** On a page on which no packet ends. */
    static final long NO_GRANULE = -1;

    static final int FLAGS_AT = 5;
    static final int GRANULE_AT = 6;
    static final int SERIAL_AT = 14;
    static final int NUMBER_AT = 18;
    static final int CHECKSUM_AT = 22;
    static final int SEGMENTS_AT = 26;

    private static final int POLYNOMIAL = 0x04C1_1DB7;
    private static final int[] CHECKSUMS = new int[256];

    static {
        for (int value = 0; value < CHECKSUMS.length; value++) {
            int sum = value << 24;
            for (int bit = 0; bit < Byte.SIZE; bit++) sum = sum << 1 ^ (sum < 0 ? POLYNOMIAL : 0);
            CHECKSUMS[value] = sum;
        }
    }

    private OggPage() {}

    /** Over a whole page, as if its checksum field were 0. */
    static int checksumOf(ByteBuf page, int start, int bytes) {
        int sum = 0;
        for (int i = 0; i < bytes; i++) {
            boolean isField = i >= CHECKSUM_AT && i < CHECKSUM_AT + Integer.BYTES;
            int next = isField ? 0 : page.getUnsignedByte(start + i);
            sum = sum << 8 ^ CHECKSUMS[sum >>> 24 ^ next];
        }
        return sum;
    }
}
