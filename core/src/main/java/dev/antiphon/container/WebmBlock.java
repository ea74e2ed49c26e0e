package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * Takes apart a block: one or several packets of one track. RFC 9559 §10.
 *
 * <p>Threading: stateless.
 */
final class WebmBlock {
    /*
     *  track (a number)  2 time in the cluster  1 flags    frames
     *                                           .....ll.   l 0: one  1: Xiph  2: of one size  3: EBML lacing;
     *                                           then 1 frames less one, and the lengths of all but the last
     */
    private static final int TIME_BYTES = 2;
    private static final int XIPH = 1;
    private static final int ONE_SIZE = 2;

    private WebmBlock() {}

    /** Hears the packets of a block. */
    interface Listener {
        /** @param packet lent */
        void onPacket(ByteBuf packet);
    }

    /** @param block what follows the track's number; lent, its indices stay */
    static void read(ByteBuf block, Listener out) {
        ByteBuf rest = block.slice();
        if (rest.readableBytes() <= TIME_BYTES) throw malformed("cut short");
        int lacing = rest.skipBytes(TIME_BYTES).readUnsignedByte() >>> 1 & 3;
        if (lacing == 0) {
            out.onPacket(rest);
            return;
        }
        int frames = readByte(rest) + 1;
        int[] lengths = new int[frames];
        switch (lacing) {
            case XIPH -> readXiph(rest, lengths);
            case ONE_SIZE -> readOneSize(rest, lengths);
            default -> readEbml(rest, lengths);
        }
        for (int length : lengths) out.onPacket(rest.readSlice(length));
    }

    private static void readXiph(ByteBuf rest, int[] lengths) {
        int sum = 0;
        for (int i = 0; i < lengths.length - 1; i++) {
            int next;
            do {
                next = readByte(rest);
                lengths[i] += next;
            } while (next == 255);
            sum += lengths[i];
        }
        fitLast(rest, lengths, sum);
    }

    private static void readOneSize(ByteBuf rest, int[] lengths) {
        if (rest.readableBytes() % lengths.length != 0) throw malformed("frames of one size that do not fill it");
        java.util.Arrays.fill(lengths, rest.readableBytes() / lengths.length);
    }

    /** The first as it is, each other as its difference from the one before, with the middle of its range for 0. */
    private static void readEbml(ByteBuf rest, int[] lengths) {
        long sum = 0;
        long length = 0;
        for (int i = 0; i < lengths.length - 1; i++) {
            int first = rest.isReadable() ? rest.getUnsignedByte(rest.readerIndex()) : 0;
            int bytes = Ebml.bytesOf(first);
            if (bytes > Math.min(Ebml.MOST_NUMBER_BYTES, rest.readableBytes())) throw malformed("no length of a frame");
            long number = Ebml.numberAt(rest, rest.readerIndex(), bytes);
            rest.skipBytes(bytes);
            if (number == Ebml.UNKNOWN) throw malformed("a frame of unknown length");
            length = i == 0 ? number : length + number - ((1L << (7 * bytes - 1)) - 1);
            sum += length;
            if (length < 0 || length > rest.readableBytes()) throw malformed("a frame longer than the block");
            lengths[i] = (int) length;
        }
        fitLast(rest, lengths, sum);
    }

    private static void fitLast(ByteBuf rest, int[] lengths, long others) {
        if (others > rest.readableBytes()) throw malformed("frames longer than the block");
        lengths[lengths.length - 1] = rest.readableBytes() - (int) others;
    }

    private static int readByte(ByteBuf rest) {
        if (!rest.isReadable()) throw malformed("cut short");
        return rest.readUnsignedByte();
    }

    private static ContainerFault malformed(String what) {
        return new ContainerFault("webm block: " + what);
    }
}
