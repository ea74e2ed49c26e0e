package dev.antiphon.server.upstream;

import io.netty.util.concurrent.Future;

/**
 * An open connection as the pool sees it: something that can be kept, and that carries one call or many.
 *
 * <p>Threading: confined to the event loop of its channel.
 */
sealed interface UpstreamLink permits UpstreamConnection, Http2Trunk {
    /** A carrier for one more call, given. */
    Future<CallCarrier> carrier();

    /** Whether many calls at a time ride on it. */
    boolean isShared();

    /** Whether one more call can be carried now. */
    boolean hasRoom();

    boolean isOpen();

    /** Whether any call was ever carried. */
    boolean hasCarried();

    /** Since when the pool has kept it without a call. */
    long idleSinceNanos();

    /** From here on it carries nothing, and the pool hears when it is closed. */
    void keep(UpstreamPool pool, long nowNanos);

    /** Closes the socket in this turn of the loop. */
    void abort();
}
