package dev.antiphon.bench.load.stamp;

import java.util.Arrays;

/**
 * Finds stamped pieces in the sound of an answer, however it was cut and joined on the way, and checks every byte.
 *
 * <p>Threading: confined to its caller.
 */
public final class StampReader {
    /*
     *   AWAITING_STAMP ──whole and sound──▶ AWAITING_SOUND ──last byte──▶ AWAITING_STAMP
     *         │ not a stamp                       │ another byte than was sent
     *         ▼                                   ▼
     *      SEARCHING ◀────────────────────────────┘
     *         └──whole stamp──▶ AWAITING_SOUND
     */
    private enum State {
        AWAITING_STAMP,
        AWAITING_SOUND,
        SEARCHING
    }

    /** What is found. */
    public interface Listener {
        /**
         * The last byte of a piece has come.
         *
         * @param stamp lent until return
         */
        void onPiece(Stamp stamp, long nowNanos);

        /** Bytes came that were not sent so, or some that were sent did not come; pieces may be missing from here on. */
        void onBroken();
    }

    private final Stamp stamp = new Stamp();
    private State state = State.AWAITING_STAMP;
    private int stampBytes; // of the stamp that is filling
    private int pieceAt; // in the piece; valid in AWAITING_SOUND

    /** An answer begins, or one was cut: what is half read is forgotten. */
    public void reset() {
        state = State.AWAITING_STAMP;
        stampBytes = 0;
    }

    /** Whether a piece has begun and not ended. */
    public boolean isWithinPiece() {
        return state == State.AWAITING_SOUND || stampBytes > 0;
    }

    /** @param pcm lent */
    public void feed(byte[] pcm, int from, int to, long nowNanos, Listener out) {
        int at = from;
        while (at < to) {
            at = switch (state) {
                case AWAITING_STAMP -> readStamp(pcm, at, to, out);
                case AWAITING_SOUND -> readSound(pcm, at, to, nowNanos, out);
                case SEARCHING -> search(pcm, at, to);
            };
        }
    }

    private int readStamp(byte[] pcm, int from, int to, Listener out) {
        int taken = fill(pcm, from, to);
        if (stampBytes < Stamp.BYTES) return from + taken;
        if (stamp.isIntact()) beginSound();
        else {
            out.onBroken();
            state = State.SEARCHING;
            skipToCandidate();
        }
        return from + taken;
    }

    private int readSound(byte[] pcm, int from, int to, long nowNanos, Listener out) {
        int length = Math.min(to - from, stamp.pieceBytes() - pieceAt);
        int differs = Arrays.mismatch(pcm, from, from + length, PieceSound.bytes(), pieceAt, pieceAt + length);
        if (differs >= 0) {
            out.onBroken();
            state = State.SEARCHING;
            stampBytes = 0;
            return from + differs;
        }
        pieceAt += length;
        if (pieceAt == stamp.pieceBytes()) {
            state = State.AWAITING_STAMP;
            out.onPiece(stamp, nowNanos);
        }
        return from + length;
    }

    private int search(byte[] pcm, int from, int to) {
        int taken = fill(pcm, from, to);
        if (stampBytes == Stamp.BYTES) {
            if (stamp.isIntact()) beginSound();
            else skipToCandidate();
        }
        return from + taken;
    }

    private int fill(byte[] pcm, int from, int to) {
        int taken = Math.min(to - from, Stamp.BYTES - stampBytes);
        System.arraycopy(pcm, from, stamp.bytes, stampBytes, taken);
        stampBytes += taken;
        return taken;
    }

    private void beginSound() {
        state = State.AWAITING_SOUND;
        stampBytes = 0;
        pieceAt = Stamp.BYTES;
    }

    /** Drops the first byte and all behind it with which no stamp can begin. */
    private void skipToCandidate() {
        byte first = (byte) Stamp.MAGIC;
        int at = 1;
        while (at < stampBytes && stamp.bytes[at] != first) at++;
        System.arraycopy(stamp.bytes, at, stamp.bytes, 0, stampBytes - at);
        stampBytes -= at;
    }
}
