package dev.antiphon.upstream;

/**
 * Tokens of text turned into speech.
 *
 * <p>Threading: immutable.
 */
public record SpeechUsage(int inputTokens, int outputTokens, int totalTokens) {

    /** The provider did not say. */
    public static final SpeechUsage NONE = new SpeechUsage(0, 0, 0);
}
