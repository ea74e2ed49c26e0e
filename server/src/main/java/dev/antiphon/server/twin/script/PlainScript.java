package dev.antiphon.server.twin.script;

import dev.antiphon.server.twin.brain.Answer;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer without sound: text in {@code delta.content}, or calls in {@code delta.tool_calls}; it ends with a
 * {@code finish_reason}.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class PlainScript implements AnswerScript {
    /** A model writes some 40 tokens a second where its speech would be in real time. */
    private static final long NANOS_PER_TOKEN = TimeUnit.MILLISECONDS.toNanos(25);
    /** Recorded pieces of arguments are a few characters long. */
    private static final int ARGUMENT_PIECE_CHARS = 6;

    private final Pace pace;
    private final Queue<Consumer<ByteBuf>> events = new ArrayDeque<>();
    private int written;

    private PlainScript(Pace pace) {
        this.pace = pace;
    }

    /** @param usage null: not asked for */
    public static PlainScript written(Answer.Written answer, ChunkWriter writer, Pace pace, @Nullable Usage usage) {
        PlainScript script = new PlainScript(pace);
        script.events.add(writer::writeTextRole);
        for (String piece : TranscriptPieces.of(answer.words())) {
            script.events.add(out -> writer.writeContent(out, piece));
        }
        script.end(writer, "stop", usage);
        return script;
    }

    /** @param usage null: not asked for */
    public static PlainScript called(
            Answer.Called answer, ChunkWriter writer, Ids ids, Pace pace, @Nullable Usage usage) {
        PlainScript script = new PlainScript(pace);
        List<Answer.Call> calls = answer.calls();
        boolean isOnly = calls.size() == 1;
        if (!isOnly) script.events.add(writer::writeToolRole);
        for (int i = 0; i < calls.size(); i++) {
            int index = i;
            Answer.Call call = calls.get(i);
            String callId = ids.toolCall();
            if (isOnly) script.events.add(out -> writer.writeRoleWithToolCall(out, callId, call.name()));
            else script.events.add(out -> writer.writeToolCallStart(out, index, callId, call.name()));
            for (String piece : pieces(call.arguments())) {
                script.events.add(out -> writer.writeToolCallArguments(out, index, piece));
            }
        }
        script.end(writer, "tool_calls", usage);
        return script;
    }

    @Override
    public boolean isFinished() {
        return events.isEmpty();
    }

    @Override
    public boolean isAwaitingSound() {
        return false;
    }

    @Override
    public long dueNanos() {
        return pace.dueNanos(written * NANOS_PER_TOKEN);
    }

    @Override
    public Event writeNext(ByteBuf out) {
        events.remove().accept(out);
        written++;
        return events.isEmpty() ? Event.DONE : Event.WORDS;
    }

    private void end(ChunkWriter writer, String finishReason, @Nullable Usage usage) {
        events.add(out -> writer.writeFinish(out, finishReason));
        if (usage != null) events.add(out -> writer.writeUsage(out, usage));
        events.add(writer::writeDone);
    }

    /** Never cuts a character in two. */
    private static List<String> pieces(String arguments) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < arguments.length()) {
            int chars = Math.min(ARGUMENT_PIECE_CHARS, arguments.codePointCount(from, arguments.length()));
            int to = arguments.offsetByCodePoints(from, chars);
            pieces.add(arguments.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
