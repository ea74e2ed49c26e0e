package dev.antiphon.session;

/**
 * How much of a conversation the model is told again with each question.
 *
 * <p>Threading: immutable.
 *
 * @param contextTokens what the model takes, as we estimate tokens; older messages are left out beyond it
 * @param userAudioTurns the newest so many spoken turns of the user are told as sound; older ones as their transcript,
 *     where one exists
 * @param userAudioBytes PCM of the user's in one request; older exchanges are left out beyond it, as providers limit the
 *     size of a request
 */
public record MemorySettings(int contextTokens, int userAudioTurns, int userAudioBytes) {
    /** A context of 32,768 tokens less the longest answer; all of the user's sound, up to 20 MiB of base64 (5.4 min). */
    public static final MemorySettings DEFAULT = new MemorySettings(28_224, Integer.MAX_VALUE, 15 << 20);

    public MemorySettings {
        if (contextTokens <= 0) {
            throw new IllegalArgumentException("contextTokens: " + contextTokens + " (expected: > 0)");
        }
        if (userAudioTurns < 0 || userAudioBytes < 0) {
            throw new IllegalArgumentException("userAudioTurns: " + userAudioTurns + ", userAudioBytes: "
                    + userAudioBytes + " (expected: both >= 0)");
        }
    }
}
