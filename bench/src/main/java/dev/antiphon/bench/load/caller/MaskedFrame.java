package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A client's frame (RFC 6455 §5.2), made once and sent many times. The mask is the same in all: it must be there and be
 * undone, but there is no proxy to be protected.
 *
 * <p>Threading: thread-safe; its bytes are never written to.
 */
final class MaskedFrame implements AutoCloseable {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    static final int MAX_HEAD_BYTES = 14;

    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final byte[] KEY = {0x37, (byte) 0xFA, 0x21, 0x3D};

    private final ByteBuf owned;
    private final ByteBuf bytes; // the same, for those who will release it

    private MaskedFrame(ByteBuf owned) {
        this.owned = owned;
        bytes = Unpooled.unreleasableBuffer(owned);
    }

    static MaskedFrame text(String json) {
        return of(TEXT, json.getBytes(UTF_8));
    }

    static MaskedFrame of(int opcode, byte[] payload) {
        ByteBuf frame = Unpooled.directBuffer(payload.length + MAX_HEAD_BYTES);
        write(opcode, payload, frame);
        return new MaskedFrame(frame);
    }

    /** @param out lent */
    static void write(int opcode, byte[] payload, ByteBuf out) {
        out.writeByte(FINAL | opcode);
        if (payload.length < LENGTH_16) out.writeByte(MASKED | payload.length);
        else if (payload.length <= 0xFFFF) out.writeByte(MASKED | LENGTH_16).writeShort(payload.length);
        else out.writeByte(MASKED | LENGTH_64).writeLong(payload.length);
        out.writeBytes(KEY);
        for (int i = 0; i < payload.length; i++) out.writeByte(payload[i] ^ KEY[i & 3]);
    }

    /** @return given; the bytes themselves stay */
    ByteBuf copy() {
        return bytes.duplicate();
    }

    /** Nobody sends it any more. */
    @Override
    public void close() {
        owned.release();
    }
}
