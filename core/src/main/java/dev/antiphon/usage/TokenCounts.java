package dev.antiphon.usage;

import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.Usage;

/**
 * Tokens by what they stand for, as providers price them. Counts of all kinds of calls can be added.
 *
 * <p>Threading: immutable.
 *
 * @param cachedInput those of the input, of whichever kind, that the provider had read before
 * @param transcribedSeconds of models that count time instead of tokens
 * @param spokenCharacters given to models that speak and say nothing of tokens
 */
public record TokenCounts(
        long textInput,
        long audioInput,
        long imageInput,
        long cachedInput,
        long textOutput,
        long audioOutput,
        double transcribedSeconds,
        long spokenCharacters) {
    public static final TokenCounts NONE = new TokenCounts(0, 0, 0, 0, 0, 0, 0, 0);

    /** Of a model that was not given a text to say. */
    public TokenCounts(
            long textInput,
            long audioInput,
            long imageInput,
            long cachedInput,
            long textOutput,
            long audioOutput,
            double transcribedSeconds) {
        this(textInput, audioInput, imageInput, cachedInput, textOutput, audioOutput, transcribedSeconds, 0);
    }

    public static TokenCounts ofSpokenCharacters(long characters) {
        return new TokenCounts(0, 0, 0, 0, 0, 0, 0, characters);
    }

    public static TokenCounts of(Usage usage) {
        Usage.Input input = usage.input();
        Usage.Output output = usage.output();
        return new TokenCounts(
                input.textTokens(),
                input.audioTokens(),
                input.imageTokens(),
                input.cachedTokens(),
                output.textTokens(),
                output.audioTokens(),
                0,
                0);
    }

    public static TokenCounts of(TranscriptionUsage usage) {
        if (usage instanceof TranscriptionUsage.Tokens tokens) {
            return new TokenCounts(tokens.textTokens(), tokens.audioTokens(), 0, 0, tokens.outputTokens(), 0, 0, 0);
        }
        return new TokenCounts(0, 0, 0, 0, 0, 0, ((TranscriptionUsage.Duration) usage).seconds(), 0);
    }

    public TokenCounts plus(TokenCounts other) {
        if (other.equals(NONE)) return this;
        if (equals(NONE)) return other;
        return new TokenCounts(
                textInput + other.textInput,
                audioInput + other.audioInput,
                imageInput + other.imageInput,
                cachedInput + other.cachedInput,
                textOutput + other.textOutput,
                audioOutput + other.audioOutput,
                transcribedSeconds + other.transcribedSeconds,
                spokenCharacters + other.spokenCharacters);
    }

    public TokenCounts minus(TokenCounts other) {
        if (other.equals(NONE)) return this;
        if (equals(other)) return NONE;
        return new TokenCounts(
                textInput - other.textInput,
                audioInput - other.audioInput,
                imageInput - other.imageInput,
                cachedInput - other.cachedInput,
                textOutput - other.textOutput,
                audioOutput - other.audioOutput,
                transcribedSeconds - other.transcribedSeconds,
                spokenCharacters - other.spokenCharacters);
    }

    /** All but the output. */
    public TokenCounts inputOnly() {
        return new TokenCounts(
                textInput, audioInput, imageInput, cachedInput, 0, 0, transcribedSeconds, spokenCharacters);
    }

    /** The share of the output that {@code part} of {@code whole} is, rounded down; all of it where there is no whole. */
    public TokenCounts outputShare(long part, long whole) {
        if (whole <= 0 || part >= whole) return minus(inputOnly());
        return new TokenCounts(0, 0, 0, 0, textOutput * part / whole, audioOutput * part / whole, 0, 0);
    }

    public long tokens() {
        return textInput + audioInput + imageInput + textOutput + audioOutput;
    }
}
