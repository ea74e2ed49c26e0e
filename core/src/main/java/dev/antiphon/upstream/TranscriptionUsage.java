package dev.antiphon.upstream;

/**
 * What a transcription cost, in the unit its model counts.
 *
 * <p>Threading: immutable.
 */
public sealed interface TranscriptionUsage {
    /** The model never said. */
    TranscriptionUsage NONE = new Tokens(0, 0, 0, 0, 0);

    /**
     * @param totalTokens as the provider says it, which need not be the sum
     * @param textTokens of the input, like {@code audioTokens}
     */
    record Tokens(int totalTokens, int inputTokens, int outputTokens, int textTokens, int audioTokens)
            implements TranscriptionUsage {}

    record Duration(double seconds) implements TranscriptionUsage {}
}
