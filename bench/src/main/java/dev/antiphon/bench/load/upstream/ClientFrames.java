package dev.antiphon.bench.load.upstream;

import io.netty.buffer.ByteBuf;

/**
 * Reads as much of a client's frames (RFC 6455 §5.2) as tells what they are: the first bytes of each are unmasked, the
 * rest is passed over. 2,000 callers send 100,000 frames of audio a second, which nobody here listens to.
 *
 * <pre>
 *  |opcode|mask, length|length 16 or 64|mask key|payload: prefix … passed over|
 *  1      1            0, 2 or 8       4
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class ClientFrames {
    /** Long enough for {@code {"type":"input_audio_buffer.commit"}}. */
    static final int PREFIX_BYTES = 40;

    private static final int MAX_HEAD_BYTES = 14;

    /** What is found. */
    interface Listener {
        /**
         * A frame has come to its end.
         *
         * @param prefix lent, unmasked
         */
        void onFrame(int opcode, byte[] prefix, int prefixBytes);
    }

    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private final byte[] prefix = new byte[PREFIX_BYTES];
    private int headBytes;
    private int headLength = 2; // known as far as its first two bytes tell
    private long payloadBytes;
    private long payloadAt;

    /** @param in lent, read to its end */
    void feed(ByteBuf in, Listener out) {
        while (in.isReadable()) {
            if (headBytes < headLength) readHead(in);
            else readPayload(in);
            if (headBytes == headLength && payloadAt == payloadBytes) {
                int length = (int) Math.min(payloadBytes, PREFIX_BYTES);
                headBytes = 0;
                headLength = 2;
                out.onFrame(head[0] & 0x0F, prefix, length);
            }
        }
    }

    private void readHead(ByteBuf in) {
        head[headBytes++] = in.readByte();
        if (headBytes == 2) {
            int length = head[1] & 0x7F;
            int maskBytes = (head[1] & 0x80) == 0 ? 0 : 4;
            headLength = 2 + maskBytes + (length == 126 ? 2 : length == 127 ? 8 : 0);
        }
        if (headBytes < headLength) return;
        payloadAt = 0;
        payloadBytes = head[1] & 0x7F;
        int extended = payloadBytes == 126 ? 2 : payloadBytes == 127 ? 8 : 0;
        if (extended > 0) {
            payloadBytes = 0;
            for (int i = 0; i < extended; i++) payloadBytes = payloadBytes << 8 | (head[2 + i] & 0xFF);
        }
    }

    private void readPayload(ByteBuf in) {
        while (payloadAt < Math.min(payloadBytes, PREFIX_BYTES) && in.isReadable()) {
            int key = (head[1] & 0x80) == 0 ? 0 : head[headLength - 4 + (int) (payloadAt & 3)];
            prefix[(int) payloadAt++] = (byte) (in.readByte() ^ key);
        }
        int passed = (int) Math.min(in.readableBytes(), payloadBytes - payloadAt);
        in.skipBytes(passed);
        payloadAt += passed;
    }
}
