package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Frames of a WebSocket server (RFC 6455 §5.2), and its handshake.
 *
 * <p>Threading: stateless.
 */
final class DirectFrames {
    private static final int FINAL_TEXT = 0x81;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 §1.3

    private DirectFrames() {}

    /** @param out lent */
    static void writeTextHead(int payloadBytes, ByteBuf out) {
        out.writeByte(FINAL_TEXT);
        if (payloadBytes < LENGTH_16) out.writeByte(payloadBytes);
        else if (payloadBytes <= 0xFFFF) out.writeByte(LENGTH_16).writeShort(payloadBytes);
        else out.writeByte(LENGTH_64).writeLong(payloadBytes);
    }

    static String acceptKey(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key.strip() + GUID).getBytes(US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
