package dev.antiphon.session;

/**
 * Wakes a session at a moment. At most one wake-up is pending for each deadline; setting it again moves it.
 *
 * <p>Threading: called by the session, on its thread; {@link Session#onTimer} is called there too.
 */
public interface Timers {
    void set(Deadline deadline, long atNanos);

    void cancel(Deadline deadline);

    /** What a session waits for. */
    enum Deadline {
        /** The longest a response may take from request to last byte: of all that are active, the first to be due. */
        RESPONSE,
        /** The longest silence after an answer was played: {@code idle_timeout_ms}. */
        IDLE,
        /** The longest a session may live. */
        SESSION
    }
}
