package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * Reads the head that answers an upgrade, and leaves what follows it.
 *
 * <p>Threading: confined to its caller.
 */
final class UpgradeAnswer {
    private static final int MAX_BYTES = 8_192;

    private final StringBuilder head = new StringBuilder();

    /**
     * @param in lent; read to the end of the head
     * @return whether the head is complete, and a WebSocket is open
     * @throws IllegalArgumentException the server will not
     */
    boolean isOpenAfter(ByteBuf in) {
        while (in.isReadable()) {
            head.append((char) (in.readByte() & 0xFF));
            if (head.length() > MAX_BYTES) throw new IllegalArgumentException("upgrade: no end of the head");
            if (head.length() >= 4 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
                if (head.indexOf(" 101 ") == 8) return true;
                throw new IllegalArgumentException("upgrade: " + firstLine() + ' ' + in.toString(US_ASCII));
            }
        }
        return false;
    }

    private String firstLine() {
        return head.substring(0, head.indexOf("\r\n"));
    }
}
