package dev.antiphon.server.twin.wire;

import java.util.SplittableRandom;

/**
 * Names and padding in the provider's shapes, drawn from one seed, so that equal seeds make equal streams.
 *
 * <p>Threading: confined to its caller.
 */
public final class Ids {
    private static final String ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final String HEX = "0123456789abcdef";
    /** Recorded padding is 0 to 15 characters. */
    private static final int MAX_OBFUSCATION_CHARS = 15;

    private final SplittableRandom random;

    public Ids(long seed) {
        random = new SplittableRandom(seed);
    }

    public String completion() {
        return "chatcmpl-" + draw(ALPHANUMERIC, 29);
    }

    public String audio() {
        return "audio_" + draw(HEX, 32);
    }

    public String toolCall() {
        return "call_" + draw(ALPHANUMERIC, 24);
    }

    public String request() {
        return "req_" + draw(HEX, 32);
    }

    String obfuscation() {
        return draw(ALPHANUMERIC, random.nextInt(MAX_OBFUSCATION_CHARS + 1));
    }

    /** How many of so many; used where the provider's bursts vary. */
    public int between(int least, int most) {
        return random.nextInt(least, most + 1);
    }

    private String draw(String alphabet, int chars) {
        StringBuilder text = new StringBuilder(chars);
        for (int i = 0; i < chars; i++) text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        return text.toString();
    }
}
