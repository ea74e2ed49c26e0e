package dev.antiphon.cascade;

import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One sentence from the text to its last sample: keeps the sound that came before its turn, or before there was room.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Utterance implements BodyListener {
    /** Two seconds of PCM16 at 24 kHz, as much as the asker's own queue holds. */
    static final int MOST_HELD_BYTES = 96_000;

    private final Sentence sentence;
    private final SpeechLine line;
    private final Asker asker;
    private final SpeechSound sound = new SpeechSound();
    private final Queue<ByteBuf> held = new ArrayDeque<>(); // ours
    private int heldBytes;
    private BodyCalls.@Nullable Call call; // null: not asked for
    private boolean isAnnounced;
    private boolean isWhole;
    private @Nullable UpstreamFault fault; // null: none

    Utterance(Sentence sentence, SpeechLine line, Asker asker) {
        this.sentence = sentence;
        this.line = line;
        this.asker = asker;
        isWhole = sentence.isSilent();
    }

    Sentence sentence() {
        return sentence;
    }

    /** Whether its speech was asked for, or never will be. */
    boolean isStarted() {
        return call != null || isWhole || fault != null;
    }

    void startedAs(BodyCalls.Call newCall) {
        call = newCall;
    }

    void fail(UpstreamFault newFault) {
        if (fault == null) fault = newFault;
    }

    @Nullable
    UpstreamFault fault() {
        return fault;
    }

    /**
     * Tells what has come, as far as there is room: the words, then their sound.
     *
     * @return whether all there is was told
     */
    boolean pour() {
        while (!held.isEmpty() || isOver()) {
            if (held.isEmpty() && (isAnnounced || fault != null)) return true;
            if (asker.isFull()) return false;
            announce();
            pourNext();
        }
        if (call != null) call.resumeReads();
        return false;
    }

    private boolean isOver() {
        return isWhole || fault != null;
    }

    /** The words stand exactly where their sound begins. */
    private void announce() {
        if (isAnnounced) return;
        isAnnounced = true;
        asker.tellTranscript(sentence.text());
    }

    private void pourNext() {
        ByteBuf pcm = held.poll();
        if (pcm == null) return;
        heldBytes -= pcm.readableBytes();
        try {
            asker.tellAudio(pcm);
        } finally {
            pcm.release();
        }
    }

    boolean isAnnounced() {
        return isAnnounced;
    }

    void cancel() {
        if (call != null) call.cancel();
        for (ByteBuf pcm = held.poll(); pcm != null; pcm = held.poll()) pcm.release();
        heldBytes = 0;
    }

    // ---- the speech as it comes ----

    @Override
    public void onHead(String contentType) {
        if (line.isOver()) return;
        sound.onHead(contentType);
        checkSound();
        line.onSpeech(this);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        if (line.isOver() || isOver()) return;
        hold(sound.feed(bytes));
        checkSound();
        line.onSpeech(this);
    }

    @Override
    public void onCompleted() {
        if (line.isOver() || isOver()) return;
        hold(sound.end());
        checkSound();
        isWhole = fault == null;
        line.onSpeech(this);
    }

    @Override
    public void onFault(UpstreamFault newFault) {
        if (line.isOver() || isOver()) return;
        fail(newFault);
        line.onSpeech(this);
    }

    @Override
    public boolean isFull() {
        return line.isNext(this) ? !held.isEmpty() || asker.isFull() : heldBytes >= MOST_HELD_BYTES;
    }

    /** @param pcm taken */
    private void hold(ByteBuf pcm) {
        if (pcm.isReadable()) {
            heldBytes += pcm.readableBytes();
            held.add(pcm);
        } else {
            pcm.release();
        }
    }

    private void checkSound() {
        String complaint = sound.complaint();
        if (complaint == null || fault != null) return;
        if (call != null) call.cancel();
        fail(new UpstreamFault(
                UpstreamFault.Kind.INVALID, 200, "server_error", "upstream_invalid", null, complaint, false));
    }
}
