package dev.antiphon.turn;

/**
 * What a turn detector decides. Positions count samples since the detector first heard anything.
 */
public interface TurnListener {
    /** @param startSample first sample of the speech, without padding; may lie in audio given in an earlier call */
    void onSpeechStarted(long startSample);

    /**
     * @param endSample end of the last speech sample, exclusive
     * @param decidedSample end of the silence that decided, exclusive: {@code endSample} and {@code
     *     silence_duration_ms}, or what {@code semantic_vad} held to be enough; never beyond what was heard
     */
    void onSpeechStopped(long endSample, long decidedSample);
}
