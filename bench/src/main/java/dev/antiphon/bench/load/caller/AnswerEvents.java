package dev.antiphon.bench.load.caller;

/**
 * What a caller hears, whatever the protocol.
 *
 * <p>Threading: confined to the caller's event loop.
 */
interface AnswerEvents {
    /** @param pcm lent, and only the range */
    void onSound(byte[] pcm, int from, int to, long nowNanos);

    /** The other side has heard the caller begin to speak. */
    void onSpeechStarted(long nowNanos);

    /** @param endMillis in the caller's sound: the last that was needed to know that the turn is over */
    void onSpeechStopped(long endMillis);

    void onAnswerEnded(boolean isFailed, long nowNanos);

    /** Something was not liked. */
    void onErrorEvent(String event);
}
