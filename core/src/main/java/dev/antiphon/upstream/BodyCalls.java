package dev.antiphon.upstream;

/**
 * The way to what a model server answers in bytes.
 *
 * <p>Threading: called on the event loop it was asked for.
 */
public interface BodyCalls {
    /**
     * Starts a call; what comes of it arrives through {@code out} on the same event loop, never from inside this method.
     *
     * @throws IllegalArgumentException the request cannot be written
     */
    Call start(BodyRequest request, BodyListener out);

    /** One call under way. */
    interface Call {
        /** Nothing more arrives, and the connection is broken off. Idempotent. */
        void cancel();

        /** There is room again: read on if reading was paused. Idempotent. */
        void resumeReads();
    }
}
