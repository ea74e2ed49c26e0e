package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * Numbers of EBML, and the elements of WebM that we know. RFC 8794 §4, RFC 9559 §5.
 *
 * <p>Threading: stateless.
 */
final class Ebml {
    static final long HEADER = 0x1A45_DFA3L;
    static final long DOC_TYPE = 0x4282;
    static final long SEGMENT = 0x1853_8067L;
    static final long TRACKS = 0x1654_AE6BL;
    static final long TRACK_ENTRY = 0xAE;
    static final long TRACK_NUMBER = 0xD7;
    static final long TRACK_TYPE = 0x83;
    static final long CODEC_ID = 0x86;
    static final long CODEC_PRIVATE = 0x63A2;
    static final long CONTENT_ENCODINGS = 0x6D80;
    static final long CLUSTER = 0x1F43_B675L;
    static final long SIMPLE_BLOCK = 0xA3;
    static final long BLOCK_GROUP = 0xA0;
    static final long BLOCK = 0xA1;
    static final long DISCARD_PADDING = 0x75A2;

    private static final long SEEK_HEAD = 0x114D_9B74L;
    private static final long INFO = 0x1549_A966L;
    private static final long CUES = 0x1C53_BB6BL;
    private static final long CHAPTERS = 0x1043_A770L;
    private static final long TAGS = 0x1254_C367L;
    private static final long ATTACHMENTS = 0x1941_A469L;

    static final int MOST_ID_BYTES = 4;
    static final int MOST_NUMBER_BYTES = 8;

    /** All bits of the value set: the length is not known. */
    static final long UNKNOWN = -1;

    private Ebml() {}

    /** Bytes of a number or an ID that begins with {@code first}; 9: no first byte of either. */
    static int bytesOf(int first) {
        return Integer.numberOfLeadingZeros(first) - 23;
    }

    /** With its marker, as IDs are written. */
    static long idAt(ByteBuf in, int at, int bytes) {
        long id = 0;
        for (int i = 0; i < bytes; i++) id = (id << Byte.SIZE) | in.getUnsignedByte(at + i);
        return id;
    }

    /** Without its marker; {@link #UNKNOWN}: all ones. */
    static long numberAt(ByteBuf in, int at, int bytes) {
        long mask = (1L << (7 * bytes)) - 1;
        long number = idAt(in, at, bytes) & mask;
        return number == mask ? UNKNOWN : number;
    }

    /** What can only stand in a segment, or beside it: it ends a cluster of unknown length. */
    static boolean endsCluster(long id) {
        return id == CLUSTER
                || id == SEEK_HEAD
                || id == INFO
                || id == TRACKS
                || id == CUES
                || id == CHAPTERS
                || id == TAGS
                || id == ATTACHMENTS
                || endsSegment(id);
    }

    static boolean endsSegment(long id) {
        return id == SEGMENT || id == HEADER;
    }
}
