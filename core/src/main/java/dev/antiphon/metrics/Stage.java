package dev.antiphon.metrics;

/**
 * A moment in one spoken turn. Declared in the order in which they happen; a turn may skip stages it has not (a typed
 * question has no last speech sample).
 */
public enum Stage {
    /** The last sample of the person's speech arrived. */
    LAST_SPEECH_SAMPLE,
    /** It was decided that the person has finished: end of speech, commit, or {@code response.create}. */
    TURN_DECIDED,
    /** The last byte of the model's request was handed to its socket. */
    REQUEST_WRITTEN,
    /** The first byte of the model's response, status line included. */
    FIRST_UPSTREAM_BYTE,
    /** The bytes came in that hold the first piece of audio. */
    FIRST_AUDIO_BYTES,
    /** The first piece of decoded audio. */
    FIRST_AUDIO_DELTA,
    /** The first frame of audio was handed to the client's socket. */
    FIRST_FRAME_WRITTEN,
    /** The first sample that is not silence reaches the ear of a client that plays as it receives. */
    FIRST_AUDIBLE_SAMPLE,
    /** The answer was cut: the person began to speak, or the client cancelled it. */
    CANCELLED,
    /** The last byte of the answer was written; it leaves with the next flush. */
    REPLY_WRITTEN,
    /**
     * Of an answer that was cut: the client's socket has taken all of it, {@code response.done} included. By then the
     * model's connection has been reset and the last piece of audio has left.
     */
    CANCEL_FLUSHED,
    /** The last sample reaches the ear of a client that plays as it receives. */
    PLAYED
}
