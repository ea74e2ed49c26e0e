package dev.antiphon.turn;

import org.jspecify.annotations.Nullable;

/**
 * When a person's turn begins and ends, in the words of the Realtime protocol's {@code server_vad} and
 * {@code semantic_vad}.
 *
 * <p>Threading: immutable.
 *
 * @param threshold 0 (everything is speech) to 1 (only loud, clear speech is)
 * @param prefixPaddingMillis audio kept from before the detected start
 * @param silenceDurationMillis silence that ends the turn
 * @param eagerness {@code semantic_vad}: how the speaker sounds decides how long a silence ends the turn, and {@code
 *     silenceDurationMillis} is not looked at; null: {@code server_vad}
 */
public record TurnSettings(
        float threshold,
        int prefixPaddingMillis,
        int silenceDurationMillis,
        @Nullable Eagerness eagerness) {
    public static final TurnSettings DEFAULT = new TurnSettings(0.5f, 300, 500);

    /** {@code server_vad}. */
    public TurnSettings(float threshold, int prefixPaddingMillis, int silenceDurationMillis) {
        this(threshold, prefixPaddingMillis, silenceDurationMillis, null);
    }

    /** {@code semantic_vad}. */
    public static TurnSettings semantic(Eagerness eagerness) {
        return new TurnSettings(
                DEFAULT.threshold, DEFAULT.prefixPaddingMillis, DEFAULT.silenceDurationMillis, eagerness);
    }

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
