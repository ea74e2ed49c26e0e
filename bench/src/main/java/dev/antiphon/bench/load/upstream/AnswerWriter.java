package dev.antiphon.bench.load.upstream;

import io.netty.buffer.ByteBuf;

/**
 * An answer in the words of a protocol. Every method appends to {@code out}, which is lent.
 *
 * <p>Threading: confined to the answer's event loop.
 */
interface AnswerWriter {
    /** What comes before any sound; sent as soon as the request was read. */
    void writeStart(ByteBuf out);

    /**
     * @param stamp of the piece, lent
     * @param pieceBytes stamp included
     */
    void writePiece(int sequence, byte[] stamp, int pieceBytes, ByteBuf out);

    void writeEnd(ByteBuf out);
}
