package dev.antiphon.bench.load.upstream;

import dev.antiphon.bench.load.stamp.PieceSound;
import dev.antiphon.bench.load.stamp.Stamp;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Base64;

/**
 * The sound of all pieces in base64, encoded once: a piece costs a copy and its stamp.
 *
 * <p>Threading: thread-safe.
 */
final class EncodedSound {
    private static final byte[] BEHIND_STAMP =
            Base64.getEncoder().encode(Arrays.copyOfRange(PieceSound.bytes(), Stamp.BYTES, PieceSound.MAX_PIECE_BYTES));

    private EncodedSound() {}

    /**
     * @param stamp lent
     * @param pieceBytes stamp included, a multiple of 3
     * @param out lent
     */
    static void writePiece(byte[] stamp, int pieceBytes, ByteBuf out) {
        out.writeBytes(Base64.getEncoder().encode(stamp));
        out.writeBytes(BEHIND_STAMP, 0, (pieceBytes - Stamp.BYTES) / 3 * 4);
    }

    static int encodedBytes(int pieceBytes) {
        return pieceBytes / 3 * 4;
    }
}
