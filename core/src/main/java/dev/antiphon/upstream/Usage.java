package dev.antiphon.upstream;

/**
 * Tokens of one chat completion, as its {@code usage} object counts them.
 *
 * <p>Threading: immutable.
 *
 * @param totalTokens as the provider says it, which need not be the sum
 */
public record Usage(Input input, Output output, int totalTokens) {

    /** The model never ran, or never said. */
    public static final Usage NONE = new Usage(new Input(0, 0, 0, 0, 0), new Output(0, 0, 0, 0), 0);

    /**
     * @param textTokens the wire's {@code text_tokens}, or where it is absent: tokens − audio − image, at least 0
     */
    public record Input(int tokens, int textTokens, int audioTokens, int imageTokens, int cachedTokens) {}

    /**
     * @param textTokens the wire's {@code text_tokens}, or where it is absent: tokens − audio, at least 0
     */
    public record Output(int tokens, int textTokens, int audioTokens, int reasoningTokens) {}
}
