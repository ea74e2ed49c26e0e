package dev.antiphon.server.client;

import io.netty.buffer.ByteBuf;

/** The head of a server's frame (RFC 6455 §5.2): whole, not masked, of the fewest bytes, in the room before its payload. */
final class FrameHead {
    private static final int TEXT = 0x80 | 1;
    private static final int MOST_SHORT = 125;
    private static final int LENGTH_16_BITS = 126;
    private static final int LENGTH_64_BITS = 127;

    private FrameHead() {}

    /**
     * Makes a payload a frame of text, in place.
     *
     * @param payload with 10 bytes of room in front of its reader index
     * @return {@code payload}, which begins with its head now
     */
    static ByteBuf text(ByteBuf payload) {
        int length = payload.readableBytes();
        int at = payload.readerIndex();
        if (length <= MOST_SHORT) {
            at -= 2;
            payload.setByte(at + 1, length);
        } else if (length <= 0xffff) {
            at -= 4;
            payload.setByte(at + 1, LENGTH_16_BITS).setShort(at + 2, length);
        } else {
            at -= 10;
            payload.setByte(at + 1, LENGTH_64_BITS).setLong(at + 2, length);
        }
        return payload.setByte(at, TEXT).readerIndex(at);
    }
}
