package dev.antiphon.upstream;

/**
 * The way to the model.
 *
 * <p>Threading: called by the session, on its thread.
 */
public interface UpstreamCalls {
    /**
     * Starts a call at once; what comes of it, even a failure to connect, arrives through {@code reply}, never from
     * inside this method.
     *
     * @param request whose sound can be read, on any thread, until the call has ended or was cancelled
     */
    Call start(ChatRequest request, ReplyInlet reply);

    /** One call under way. */
    interface Call {
        /** Breaks the connection in this very turn of the event loop; nothing more arrives. Idempotent. */
        void cancel();

        /** There is room in the downlink queue: read on if reading was paused. Idempotent. */
        void resumeReads();
    }
}
