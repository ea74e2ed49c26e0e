package dev.antiphon.server.twin.script;

import dev.antiphon.server.twin.wire.ChunkWriter;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/**
 * An answer that never comes to its point: nothing, comments, silence or one event that does not end.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class EndlessScript implements AnswerScript {
    private static final long COMMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final String EVENT_PIECE = "x".repeat(16 << 10);
    /** Even this one ends, for the sake of a reader without any limit. */
    private static final int EVENT_PIECES = (1 << 30) / EVENT_PIECE.length();

    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final int events; // how many there are in all; 0: none, and no end either
    private final LongUnaryOperator dueNanos; // of an event by its number
    private final Writing writing;
    private int written;

    /** Appends the event of a number. */
    private interface Writing {
        void write(int number, ByteBuf out);
    }

    private EndlessScript(int events, LongUnaryOperator dueNanos, Writing writing) {
        this.events = events;
        this.dueNanos = dueNanos;
        this.writing = writing;
    }

    /** Nothing, ever. */
    public static AnswerScript nothing() {
        return new EndlessScript(0, number -> 0, (number, out) -> {});
    }

    /** Comments, 20 a second. */
    public static AnswerScript comments() {
        return new EndlessScript(
                Integer.MAX_VALUE, number -> number * COMMENT_NANOS, (number, out) -> write(out, ": keep-alive\n\n"));
    }

    /** One event of 1 GiB, as fast as it is taken. */
    public static AnswerScript giantEvent() {
        return new EndlessScript(
                EVENT_PIECES, number -> 0, (number, out) -> write(out, number == 0 ? "data: {\"id\":\"" : EVENT_PIECE));
    }

    /** Sound that nobody hears, at the given pace. */
    public static AnswerScript silence(ChunkWriter writer, String audioId, Pace pace) {
        return new EndlessScript(
                Integer.MAX_VALUE,
                number -> pace.dueNanos(number * SILENCE_NANOS),
                (number, out) ->
                        writer.writeData(out, number == 0 ? audioId : null, new byte[SpokenScript.PIECE_BYTES]));
    }

    @Override
    public boolean isFinished() {
        return events > 0 && written == events;
    }

    @Override
    public boolean isAwaitingSound() {
        return events == 0;
    }

    @Override
    public long dueNanos() {
        return dueNanos.applyAsLong(written);
    }

    @Override
    public Event writeNext(ByteBuf out) {
        writing.write(written, out);
        written++;
        return isFinished() ? Event.DONE : Event.TAIL;
    }

    private static void write(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
    }
}
