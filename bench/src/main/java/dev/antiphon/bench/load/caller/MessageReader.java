package dev.antiphon.bench.load.caller;

/**
 * Understands what a server says in the words of a protocol.
 *
 * <p>Threading: confined to the caller's event loop; one may serve all callers of it.
 */
interface MessageReader {
    /** @param payload lent, and only up to {@code length} */
    void read(boolean isText, byte[] payload, int length, long nowNanos, AnswerEvents out);
}
