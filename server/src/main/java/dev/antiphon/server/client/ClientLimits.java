package dev.antiphon.server.client;

/**
 * What a client connection may take of us.
 *
 * <p>Threading: immutable.
 *
 * @param maxMessageBytes of one message, whole or in fragments: 4 MiB of base64 hold a minute of speech
 * @param headMillis from connection to the last byte of the request head
 * @param frameMillis from the first byte of a frame to its last
 * @param pingMillis between two pings
 * @param silentMillis from the first ping that nothing answered to the end
 * @param unwritableMillis how long a client may leave unread what was sent to it
 */
public record ClientLimits(
        int maxMessageBytes,
        long headMillis,
        long frameMillis,
        long pingMillis,
        long silentMillis,
        long unwritableMillis) {
    public static final ClientLimits DEFAULT = new ClientLimits(4 << 20, 5_000, 10_000, 20_000, 30_000, 5_000);

    public ClientLimits {
        if (maxMessageBytes < 1) {
            throw new IllegalArgumentException("maxMessageBytes: " + maxMessageBytes + " (expected: > 0)");
        }
        if (headMillis < 1 || frameMillis < 1 || pingMillis < 1 || silentMillis < 1 || unwritableMillis < 1) {
            throw new IllegalArgumentException("a limit in milliseconds is not positive");
        }
    }

    ClientLimits withMaxMessageBytes(int newMaxMessageBytes) {
        return new ClientLimits(
                newMaxMessageBytes, headMillis, frameMillis, pingMillis, silentMillis, unwritableMillis);
    }
}
