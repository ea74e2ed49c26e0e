package dev.antiphon.server.client;

import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ServerEvent;
import io.netty.buffer.ByteBuf;

/**
 * What one protocol makes of a session: the client's messages become calls of the session, the session's words become
 * frames, both by way of the {@link SessionHost} it was made for.
 *
 * <p>Threading: confined to the session's event loop.
 */
interface ClientWire {
    /** The client has its WebSocket. */
    void open();

    /** @param text lent */
    void onText(ByteBuf text, long nowNanos);

    /** @param data lent */
    void onBinary(ByteBuf data, long nowNanos);

    /** The session says this; the connection is not closing. */
    void send(ServerEvent event);

    /**
     * A piece of the spoken answer; the connection is not closing.
     *
     * @param audio whole samples in the format that the response's settings ask for; taken
     */
    void sendAudio(PartRef part, ByteBuf audio);

    /** Whether more of the spoken answer is welcome, as far as the protocol goes. */
    boolean wantsAudio();

    /** The client's socket takes more again. */
    void onWritable(long nowNanos);

    /**
     * The session has ended, or never began: says what the protocol has to say, and lets go of all it holds. Comes once,
     * maybe when a Close is on its way already.
     *
     * @return what is then said in the Close
     */
    Goodbye end(CloseReason reason);

    /** Makes the wire of one client; it begins its session through the host, now or when it knows what is wanted. */
    @FunctionalInterface
    interface Maker {
        ClientWire newWire(SessionHost host);
    }
}
