package dev.antiphon.session;

import io.netty.buffer.ByteBuf;
import java.util.function.LongConsumer;

/**
 * The way to the client: whatever a session says leaves here, in order.
 *
 * <p>Threading: called by the session, on its thread.
 */
public interface ClientOutlet {
    /** @param event whose sound, if an item of it has any, can be read until this returns; maybe not afterwards */
    void send(ServerEvent event);

    /**
     * A piece of the spoken answer, at most a second of it.
     *
     * @param audio whole samples in the format that the response's settings ask for; taken. The ledger counts it as the
     *     samples at 24 kHz of the same duration
     */
    void sendAudio(PartRef part, ByteBuf audio);

    /**
     * Whether more audio is welcome. False while the client's socket is full; {@link Session#onClientWritable} follows
     * when it no longer is. Events may be sent at any time.
     */
    boolean isWritable();

    /**
     * Tells when all that was sent so far has been handed to the client's socket; never, if the connection ends before.
     *
     * @param listener told the moment, in nanoseconds of the session's clock, on the session's thread
     */
    default void onceFlushed(LongConsumer listener) {}

    /** The session has ended: what was sent still leaves, then the connection closes. */
    void close(CloseReason reason);

    /** Why the gateway ends a session. */
    enum CloseReason {
        NORMAL,
        GOING_AWAY,
        SESSION_EXPIRED,
        INTERNAL_ERROR,
        OVERLOADED
    }
}
