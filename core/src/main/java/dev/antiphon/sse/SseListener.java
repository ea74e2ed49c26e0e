package dev.antiphon.sse;

/**
 * What a {@link SseDecoder} finds in a stream of server-sent events.
 *
 * <p>Threading: called on the thread that feeds the decoder, within the call that feeds it.
 */
public interface SseListener {
    /**
     * One event, complete.
     *
     * @param type the {@code event} field, {@code "message"} where there is none
     * @param array lent until return, and only the range; UTF-8, possibly with errors
     * @param offset where the data begins
     * @param length of the data; 0 for an event whose {@code data} field is empty
     */
    void onEvent(String type, byte[] array, int offset, int length);

    /** A comment: the server is alive. */
    default void onComment() {}

    /** The {@code retry} field: how long to wait before the next try; more than a {@code long} holds is cut to that. */
    default void onRetry(long millis) {}

    /**
     * A line, or the data of an event, is longer than allowed. The decoder ignores every byte from here on.
     *
     * @param maxEventBytes the limit that was passed
     */
    void onOversized(int maxEventBytes);
}
