package dev.antiphon.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * A response body as a socket delivers it: pieces of one size in direct memory, to be read again and again.
 *
 * <p>Threading: confined to its benchmark.
 */
public final class ReadPieces {
    private final ByteBuf[] pieces;

    /** @param pieceBytes 0: the whole in one */
    public ReadPieces(byte[] body, int pieceBytes) {
        int step = pieceBytes == 0 ? body.length : pieceBytes;
        pieces = new ByteBuf[(body.length + step - 1) / step];
        for (int i = 0; i < pieces.length; i++) {
            int bytes = Math.min(step, body.length - i * step);
            pieces[i] = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeBytes(body, i * step, bytes);
        }
    }

    public int count() {
        return pieces.length;
    }

    /** Lent, with all of it readable. */
    public ByteBuf piece(int index) {
        return pieces[index].readerIndex(0);
    }

    public void release() {
        for (ByteBuf piece : pieces) piece.release();
    }
}
