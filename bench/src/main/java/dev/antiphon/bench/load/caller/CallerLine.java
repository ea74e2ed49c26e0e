package dev.antiphon.bench.load.caller;

import io.netty.bootstrap.Bootstrap;

/**
 * A caller's connection in some protocol.
 *
 * <p>Threading: confined to its event loop.
 */
interface CallerLine extends CallerWire {
    /** Told how the connection fares. */
    interface Fate {
        void onOpen();

        /**
         * It is gone, or never came to be.
         *
         * @param reason in a few words
         * @param isOwnWish whether the caller left
         */
        void onClosed(String reason, boolean isOwnWish);
    }

    /** @param bootstrap of the loop, without a handler; lent */
    void connect(Bootstrap bootstrap);

    void listen(AnswerEvents listener);

    boolean isOpen();

    /** Says goodbye. */
    void leave();
}
