package dev.antiphon.session;

import io.netty.buffer.ByteBuf;

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
