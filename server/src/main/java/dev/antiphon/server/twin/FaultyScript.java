package dev.antiphon.server.twin;

import dev.antiphon.server.twin.script.AnswerScript;
import dev.antiphon.server.twin.wire.ChunkWriter;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * A script with something wrong in its middle or at its end. The middle is the second piece of sound, or what follows the
 * only one; of written answers the third event.
 *
 * <p>Threading: confined to the answer's event loop.
 */
final class FaultyScript implements AnswerScript {
    private static final int EVENTS_BEFORE_THE_MIDDLE = 2;
    private static final String BROKEN_EVENT =
            "data: {\"id\":\"chatcmpl-broken\",\"choices\":[{\"index\":0,\"delta\":\n\n";
    private static final String NOT_BASE64 = event("{\"audio\":{\"data\":\"AAAA*!*!AAAA\"}}");
    private static final int DEPTH = 100_000;
    private static final String DEEP_EVENT = "data: {\"choices\":" + "[".repeat(DEPTH) + "]".repeat(DEPTH) + "}\n\n";
    private static final String AFTER_DONE =
            event("{\"audio\":{\"transcript\":\"This belongs to nobody.\",\"data\":\"AAAAAAAA\"}}")
                    + "data: [DONE]\n\n";
    /** Inside the first members of every event, far from its sound. */
    private static final int BYTES_OF_HALF_AN_EVENT = 40;

    private static final String SOUND = "\"data\":\"";

    private final AnswerScript script;
    private final TwinFault fault;
    private final boolean isSpoken;
    private int events; // of the kind that is counted
    private boolean isPastTheMiddle;
    private boolean isHanging;
    private boolean isOver;

    FaultyScript(AnswerScript script, TwinFault fault, boolean isSpoken) {
        this.script = script;
        this.fault = fault;
        this.isSpoken = isSpoken;
    }

    @Override
    public boolean isEventStream() {
        return script.isEventStream();
    }

    @Override
    public boolean isFinished() {
        return isOver || script.isFinished();
    }

    @Override
    public boolean isAwaitingSound() {
        return isHanging || script.isAwaitingSound();
    }

    @Override
    public long dueNanos() {
        return script.dueNanos();
    }

    @Override
    public Event writeNext(ByteBuf out) {
        int start = out.writerIndex();
        Event event = script.writeNext(out);
        if (!isPastTheMiddle && isMiddle(event)) {
            isPastTheMiddle = true;
            breakMiddle(out, start);
        }
        if (fault == TwinFault.ODD_PCM && event == Event.AUDIO) splitOddly(out, start);
        if (fault == TwinFault.NO_DONE && event == Event.DONE) out.writerIndex(start);
        if (fault == TwinFault.DATA_AFTER_DONE && event == Event.DONE) write(out, AFTER_DONE);
        return event;
    }

    private boolean isMiddle(Event event) {
        if (event == Event.TAIL || event == Event.DONE) return true;
        if (event != (isSpoken ? Event.AUDIO : Event.WORDS)) return false;
        return events++ == (isSpoken ? 1 : EVENTS_BEFORE_THE_MIDDLE);
    }

    /** @param start where the event lies that stands in the middle */
    private void breakMiddle(ByteBuf out, int start) {
        int bytes = out.writerIndex() - start;
        switch (fault) {
            case HANG_MID_STREAM -> {
                out.writerIndex(start);
                isHanging = true;
            }
            case FIN_MID_STREAM, RST_MID_STREAM, END_MID_STREAM -> cut(out, start);
            case FIN_MID_JSON -> cut(out, start + Math.min(BYTES_OF_HALF_AN_EVENT, bytes / 2));
            case FIN_MID_BASE64 -> cut(out, start + bytes / 2);
            case ERROR_EVENT -> {
                cut(out, start);
                ChunkWriter.writeError(out, "The server had an error while processing your request. Sorry about that!");
            }
            case BAD_JSON -> insert(BROKEN_EVENT, out, start);
            case BAD_JSON_TWICE -> insert(BROKEN_EVENT + BROKEN_EVENT, out, start);
            case BAD_BASE64 -> insert(NOT_BASE64, out, start);
            case DEEP_JSON -> insert(DEEP_EVENT, out, start);
            default -> {} // shows elsewhere
        }
    }

    private void cut(ByteBuf out, int end) {
        out.writerIndex(end);
        isOver = true;
    }

    private static void insert(String before, ByteBuf out, int start) {
        String event = takeBack(out, start);
        write(out, before + event);
    }

    /** One event of an even number of bytes becomes two of an odd one. */
    private static void splitOddly(ByteBuf out, int start) {
        String event = takeBack(out, start);
        int from = event.indexOf(SOUND) + SOUND.length();
        int to = event.indexOf('"', from);
        byte[] pcm = Base64.getDecoder().decode(event.substring(from, to));
        int first = pcm.length / 2 | 1;
        Base64.Encoder base64 = Base64.getEncoder();
        String head = event.substring(0, from);
        String tail = event.substring(to);
        write(out, head + base64.encodeToString(Arrays.copyOf(pcm, first)) + tail);
        write(out, head + base64.encodeToString(Arrays.copyOfRange(pcm, first, pcm.length)) + tail);
    }

    private static String takeBack(ByteBuf out, int start) {
        String event = out.toString(start, out.writerIndex() - start, StandardCharsets.UTF_8);
        out.writerIndex(start);
        return event;
    }

    private static void write(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
    }

    private static String event(String delta) {
        return "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":" + delta
                + ",\"finish_reason\":null}]}\n\n";
    }
}
