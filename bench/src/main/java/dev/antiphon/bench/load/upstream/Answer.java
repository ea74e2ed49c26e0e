package dev.antiphon.bench.load.upstream;

import dev.antiphon.bench.load.stamp.Stamp;
import dev.antiphon.time.NanoClock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer being given. Its pieces leave at their moments whether or not anybody reads; one that is late does not
 * move the next.
 *
 * <p>Threading: confined to the event loop of its channel.
 */
final class Answer {
    private static final int SMALL_BYTES = 1_024;
    private static final int BESIDE_SOUND_BYTES = 4_096; // words, ticks, envelopes

    /** Where it goes. */
    interface Outlet {
        /** @param bytes taken */
        void write(ByteBuf bytes);

        /** Everything has been written. */
        void onAnswered();
    }

    private final AnswerPlan plan;
    private final AnswerWriter writer;
    private final Channel channel;
    private final Outlet outlet;
    private final long requestReadNanos;
    private final Stamp stamp;
    private int sequence; // of the next piece
    private @Nullable Future<?> timer; // null: over, or not begun

    Answer(AnswerPlan plan, AnswerWriter writer, Channel channel, Outlet outlet, long requestReadNanos) {
        this.plan = plan;
        this.writer = writer;
        this.channel = channel;
        this.outlet = outlet;
        this.requestReadNanos = requestReadNanos;
        stamp = new Stamp().setAnswer(plan.answerId(), plan.pieces(), requestReadNanos);
    }

    long id() {
        return plan.answerId();
    }

    void start() {
        ByteBuf start = channel.alloc().directBuffer(SMALL_BYTES);
        writer.writeStart(start);
        outlet.write(start);
        scheduleNext();
    }

    void cancel() {
        if (timer != null) timer.cancel(false);
        timer = null;
    }

    private void scheduleNext() {
        long delayNanos = dueNanos() - NanoClock.SYSTEM.nanoTime();
        timer = channel.eventLoop().schedule(this::writeDue, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    }

    private long dueNanos() {
        return requestReadNanos + plan.dueNanos(sequence);
    }

    private void writeDue() {
        if (timer == null) return;
        long nowNanos = NanoClock.SYSTEM.nanoTime();
        while (sequence < plan.pieces() && dueNanos() - nowNanos <= 0) {
            writePiece();
            sequence++;
        }
        if (sequence < plan.pieces()) {
            scheduleNext();
            return;
        }
        timer = null;
        ByteBuf end = channel.alloc().directBuffer(SMALL_BYTES);
        writer.writeEnd(end);
        outlet.write(end);
        outlet.onAnswered();
    }

    private void writePiece() {
        int bytes = plan.pieceBytes(sequence);
        ByteBuf piece = channel.alloc().directBuffer(EncodedSound.encodedBytes(bytes) + BESIDE_SOUND_BYTES);
        long writtenNanos = NanoClock.SYSTEM.nanoTime();
        writer.writePiece(sequence, stamp.setPiece(sequence, bytes, dueNanos(), writtenNanos), bytes, piece);
        outlet.write(piece);
    }
}
