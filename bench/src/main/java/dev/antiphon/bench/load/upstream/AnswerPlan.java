package dev.antiphon.bench.load.upstream;

import dev.antiphon.audio.AudioFormat;

/**
 * One answer before it is given: its pieces, and when each is to be sent.
 *
 * <p>Threading: immutable.
 */
public final class AnswerPlan {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;

    private final long answerId;
    private final int[] pieceBytes;
    private final long[] dueNanos; // after the request

    AnswerPlan(long answerId, long firstAudioNanos, int[] pieceBytes, double pace) {
        this.answerId = answerId;
        this.pieceBytes = pieceBytes;
        dueNanos = new long[pieceBytes.length];
        long due = firstAudioNanos;
        for (int i = 0; i < pieceBytes.length; i++) {
            if (i > 0) due += (long) (FORMAT.nanosOf(FORMAT.samplesIn(pieceBytes[i])) / pace);
            dueNanos[i] = due;
        }
    }

    public long answerId() {
        return answerId;
    }

    public int pieces() {
        return pieceBytes.length;
    }

    /** Stamp included. */
    public int pieceBytes(int sequence) {
        return pieceBytes[sequence];
    }

    /** When the piece is to be sent, counted from the last byte of the request. */
    public long dueNanos(int sequence) {
        return dueNanos[sequence];
    }

    public long audioMillis() {
        long bytes = 0;
        for (int piece : pieceBytes) bytes += piece;
        return FORMAT.millisOf(FORMAT.samplesIn(bytes));
    }
}
