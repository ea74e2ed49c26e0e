package dev.antiphon.server.client;

import io.netty.buffer.ByteBuf;

/**
 * What a client's frames carry.
 *
 * <p>Threading: called by {@link FrameReader#feed}, on its caller's thread.
 */
interface FrameListener {
    /** @param message whole, well-formed UTF-8, in an array; lent */
    void onText(ByteBuf message);

    /** @param message whole, in an array; lent */
    void onBinary(ByteBuf message);

    /** @param payload at most 125 bytes; lent */
    void onPing(ByteBuf payload);

    void onPong();

    /**
     * Nothing follows.
     *
     * @param statusCode legal; -1: the client gave none
     */
    void onClose(int statusCode);
}
