package dev.antiphon.upstream;

/**
 * What a transcription cost, in the unit its model counts.
 *
 * <p>Threading: immutable.
 */
public sealed interface TranscriptionUsage {
    record Tokens(int totalTokens, int inputTokens, int outputTokens, int textTokens, int audioTokens)
            implements TranscriptionUsage {}

    record Duration(double seconds) implements TranscriptionUsage {}
}
