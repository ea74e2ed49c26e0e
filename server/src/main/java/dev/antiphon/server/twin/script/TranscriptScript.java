package dev.antiphon.server.twin.script;

import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.server.twin.wire.TranscriptWriter;
import dev.antiphon.upstream.TranscriptionUsage;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A transcript in the order of the recordings: its pieces, all of it with its usage, {@code [DONE]}.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class TranscriptScript implements AnswerScript {
    private final String text;
    private final TranscriptionUsage usage;
    private final Pace pace;
    private final List<String> pieces;
    private int written; // pieces, then the end, then [DONE]

    public TranscriptScript(String text, TranscriptionUsage usage, Pace pace) {
        this.text = text;
        this.usage = usage;
        this.pace = pace;
        pieces = TranscriptPieces.of(text);
    }

    @Override
    public boolean isFinished() {
        return written == pieces.size() + 2;
    }

    @Override
    public boolean isAwaitingSound() {
        return false;
    }

    /** The pieces of a real transcript come within some milliseconds of each other. */
    @Override
    public long dueNanos() {
        return pace.timeToFirstAudioNanos();
    }

    @Override
    public Event writeNext(ByteBuf out) {
        int at = written++;
        if (at < pieces.size()) TranscriptWriter.writeDelta(out, pieces.get(at));
        else if (at == pieces.size()) TranscriptWriter.writeTextDone(out, text, usage);
        else TranscriptWriter.writeDone(out);
        return at > pieces.size() ? Event.DONE : Event.WORDS;
    }
}
