package dev.antiphon.turn;

/**
 * What a turn detector decides. Positions count samples since the detector first heard anything.
 */
public interface TurnListener {
    /** @param startSample first sample of the speech, without padding; may lie in audio given in an earlier call */
    void onSpeechStarted(long startSample);

    /** @param endSample end of the last speech sample, exclusive; the silence after it is already decided to be an end */
    void onSpeechStopped(long endSample);
}
