package dev.antiphon.upstream;

/**
 * The way to the one who writes down what the person says, beside the answer.
 *
 * <p>Threading: called by the session, on its thread.
 */
public interface TranscriptionCalls {
    /**
     * Starts a call; what comes of it arrives through {@code out} on the session's event loop, never from inside this
     * method.
     */
    Call start(TranscriptionRequest request, TranscriptionListener out);

    /** One call under way. */
    interface Call {
        /** Nothing more arrives. Idempotent. */
        void cancel();
    }
}
