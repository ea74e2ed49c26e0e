package dev.antiphon.server.rest.chat;

import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.Usage;
import dev.antiphon.usage.TokenCounts;
import java.util.function.LongSupplier;

/**
 * A model's reply on its way to a client.
 *
 * <p>Threading: confined to the connection's event loop.
 */
sealed interface CompletionReply extends ReplyInlet, AutoCloseable permits StreamedReply, WholeReply {
    /** What has come since the last time is told to the client. */
    void onReadable();

    /** Whether anything was told that cannot be taken back. */
    boolean isBegun();

    /** How it has ended, once {@link #onReadable} has told it. */
    Ended ended();

    /** What the provider says that the reply has cost. */
    Usage usage();

    /** What the reply has cost so far, as far as we can tell. */
    TokenCounts estimate();

    /** Lets go of what was not told. Idempotent. */
    @Override
    void close();

    /** Whether and how a reply is over. */
    enum Ended {
        NOT_YET,
        COMPLETED,
        /** Before anything came, by a fault that costs nothing. */
        REFUSED,
        FAILED
    }

    /**
     * What a reply needs to know of its answer.
     *
     * @param audioId of the answer where the provider gives none
     * @param unixSeconds the wall clock
     */
    record Terms(
            CompletionJson.Head head, CompletionRequest.Delivery delivery, String audioId, LongSupplier unixSeconds) {}
}
