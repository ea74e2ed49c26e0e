package dev.antiphon.session;

/** What a session waits for. */
enum SessionState {
    /** {@link Session#open}. */
    OPENING,
    /** Somebody to say something: no response is active. */
    LISTENING,
    /** The first word of the model: a response has been created. */
    AWAITING_REPLY,
    /** The last word of the model. */
    REPLYING,
    /** Nothing. */
    CLOSED
}
