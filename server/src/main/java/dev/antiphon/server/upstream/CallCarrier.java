package dev.antiphon.server.upstream;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.FullHttpRequest;

/**
 * What one call rides on: a whole HTTP/1.1 connection, or one stream of an HTTP/2 connection. The call does not know which.
 *
 * <p>Threading: confined to the event loop of its channel, which is the session's.
 */
interface CallCarrier {
    /** From here on the call hears of everything. */
    void carry(UpstreamCall call);

    /** From here on nobody hears of anything. */
    void drop();

    /** Whether the server may have given it up by now without our knowing. */
    boolean mayBeStale();

    /**
     * @param request taken
     * @return done when the last byte of it has left
     */
    ChannelFuture send(FullHttpRequest request);

    /** Differs from an earlier value when the peer has accepted bytes since. */
    long unsentBytes();

    /** The peer soon cannot send any more of this call's bytes; others are not held up. */
    void pauseReads();

    void resumeReads();

    /** Breaks the exchange off in this turn of the loop. */
    void abort();

    /** The server has fallen silent: no other call is to ride on the same connection. */
    void distrust();

    /** Request and response have ended properly: the next call may have the connection. */
    void giveBackTo(UpstreamPool pool);
}
