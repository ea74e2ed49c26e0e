package dev.antiphon.turn;

/**
 * When a person's turn begins and ends, in the words of the Realtime protocol's {@code server_vad}.
 *
 * <p>Threading: immutable.
 *
 * @param threshold 0 (everything is speech) to 1 (only loud, clear speech is)
 * @param prefixPaddingMillis audio kept from before the detected start
 * @param silenceDurationMillis silence that ends the turn
 */
public record TurnSettings(float threshold, int prefixPaddingMillis, int silenceDurationMillis) {
    public static final TurnSettings DEFAULT = new TurnSettings(0.5f, 300, 500);

    public TurnSettings {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold: " + threshold + " (expected: 0 to 1)");
        }
        if (prefixPaddingMillis < 0 || prefixPaddingMillis > 10_000) {
            throw new IllegalArgumentException("prefix_padding_ms: " + prefixPaddingMillis + " (expected: 0 to 10000)");
        }
        if (silenceDurationMillis < 20 || silenceDurationMillis > 30_000) {
            throw new IllegalArgumentException(
                    "silence_duration_ms: " + silenceDurationMillis + " (expected: 20 to 30000)");
        }
    }
}
