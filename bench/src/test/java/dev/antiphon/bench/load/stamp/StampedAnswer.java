package dev.antiphon.bench.load.stamp;

import java.io.ByteArrayOutputStream;

/** The sound of an answer as an upstream makes it, for tests. */
public final class StampedAnswer {
    private final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
    private final Stamp stamp;
    private int sequence;

    public StampedAnswer(long answerId, int pieces, long requestReadNanos) {
        stamp = new Stamp().setAnswer(answerId, pieces, requestReadNanos);
    }

    public StampedAnswer piece(int bytes, long intendedNanos, long writtenNanos) {
        pcm.writeBytes(stamp.setPiece(sequence++, bytes, intendedNanos, writtenNanos));
        pcm.write(PieceSound.bytes(), Stamp.BYTES, bytes - Stamp.BYTES);
        return this;
    }

    /** A piece that never comes. */
    public StampedAnswer skipped() {
        sequence++;
        return this;
    }

    public byte[] bytes() {
        return pcm.toByteArray();
    }
}
