package dev.antiphon.server.twin.script;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.twin.wire.SpeechWriter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * The body of a speech answer: the bytes of a file while they are being made, or events with 4,096 of them each, then the
 * usage and {@code [DONE]}.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class SpeechScript implements SoundScript {
    static final int PIECE_BYTES = 4_096;

    private static final AudioFormat SPEECH = AudioFormat.PCM16_24KHZ;
    /** Sound made ahead of the socket: two seconds. */
    private static final int PLENTY_BYTES = 96_000;

    private enum State {
        SPEAKING,
        AWAITING_USAGE,
        AWAITING_DONE,
        FINISHED
    }

    private final boolean isEventStream;
    private final int inputTokens;
    private final Pace pace;
    private final ArrayDeque<byte[]> made = new ArrayDeque<>();
    private int headOffset; // bytes of the first that are sent
    private long madeBytes;
    private long sentBytes;
    private boolean isSoundEnded;
    private State state = State.SPEAKING;

    /**
     * @param header what stands before the samples; empty: nothing
     * @param isEventStream whether it is sent in events
     */
    public SpeechScript(byte[] header, boolean isEventStream, int inputTokens, Pace pace) {
        this.isEventStream = isEventStream;
        this.inputTokens = inputTokens;
        this.pace = pace;
        add(header);
    }

    @Override
    public void addSound(AudioClip speech) {
        add(speech.toByteArray());
    }

    @Override
    public void endSound() {
        isSoundEnded = true;
    }

    @Override
    public boolean wantsSound() {
        return !isSoundEnded && madeBytes - sentBytes < PLENTY_BYTES;
    }

    @Override
    public boolean isEventStream() {
        return isEventStream;
    }

    @Override
    public boolean isFinished() {
        return state == State.FINISHED;
    }

    @Override
    public boolean isAwaitingSound() {
        return state == State.SPEAKING && !isSoundEnded && madeBytes - sentBytes < PIECE_BYTES;
    }

    @Override
    public long dueNanos() {
        return pace.dueNanos(SPEECH.nanosOf(SPEECH.samplesIn(sentBytes)));
    }

    @Override
    public Event writeNext(ByteBuf out) {
        return switch (state) {
            case SPEAKING -> writePiece(out);
            case AWAITING_USAGE -> {
                SpeechWriter.writeAudioDone(out, inputTokens, SpokenScript.tokensIn(madeBytes));
                state = State.AWAITING_DONE;
                yield Event.WORDS;
            }
            case AWAITING_DONE -> {
                SpeechWriter.writeDone(out);
                state = State.FINISHED;
                yield Event.DONE;
            }
            case FINISHED -> throw new IllegalStateException("state: " + state + " (expected: something is left)");
        };
    }

    private Event writePiece(ByteBuf out) {
        byte[] piece = takePiece();
        if (isSoundEnded && sentBytes == madeBytes) state = isEventStream ? State.AWAITING_USAGE : State.FINISHED;
        if (!isEventStream) out.writeBytes(piece);
        else if (piece.length > 0) SpeechWriter.writeAudioDelta(out, piece);
        return Event.AUDIO;
    }

    private byte[] takePiece() {
        byte[] piece = new byte[(int) Math.min(PIECE_BYTES, madeBytes - sentBytes)];
        int filled = 0;
        while (filled < piece.length) {
            byte[] head = made.element();
            int length = Math.min(piece.length - filled, head.length - headOffset);
            System.arraycopy(head, headOffset, piece, filled, length);
            filled += length;
            headOffset += length;
            if (headOffset < head.length) continue;
            made.remove();
            headOffset = 0;
        }
        sentBytes += piece.length;
        return piece;
    }

    private void add(byte[] bytes) {
        if (bytes.length > 0) made.add(bytes);
        madeBytes += bytes.length;
    }
}
