package dev.antiphon.bench.load.caller;

/**
 * What a caller says, in the words of a protocol.
 *
 * <p>Threading: confined to the caller's event loop.
 */
interface CallerWire {
    /** @param soundFrame of {@link CallerSound} */
    void sendFrame(int soundFrame);

    /** The turn is over, and an answer is wanted. */
    void endTurn();

    /** Asks in writing. */
    void ask();

    /** No more of this answer. */
    void cancel();
}
