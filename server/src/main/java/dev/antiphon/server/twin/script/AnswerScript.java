package dev.antiphon.server.twin.script;

import io.netty.buffer.ByteBuf;

/**
 * The events of one answer in their order, each with the time at which a real model would have sent it. Knows no socket
 * and no clock.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public interface AnswerScript {
    /** What an event is, as far as a fault needs to know. */
    enum Event {
        WORDS,
        AUDIO,
        /** What stands between the last sound and the end. */
        TAIL,
        /** The last. */
        DONE
    }

    /** Whether a failure can be said in between; bytes of a file can only break off. */
    default boolean isEventStream() {
        return true;
    }

    /** Whether nothing is left to be said. */
    boolean isFinished();

    /** Whether the next event cannot be written before more sound has been made. */
    boolean isAwaitingSound();

    /** When the next event is due, counted from the arrival of the request. */
    long dueNanos();

    /** Appends the next event to {@code out}, which is lent; only when neither finished nor awaiting sound. */
    Event writeNext(ByteBuf out);
}
