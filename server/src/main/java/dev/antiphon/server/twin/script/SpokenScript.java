package dev.antiphon.server.twin.script;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.twin.wire.ChunkWriter;
import dev.antiphon.server.twin.wire.Ids;
import dev.antiphon.server.twin.wire.TranscriptPieces;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A spoken answer in the order of the recordings: role, a burst of transcript, then sound with its ticks and further
 * bursts between, then usage, expiry, {@code [DONE]}; never a {@code finish_reason}.
 *
 * <p>Threading: confined to the answer's event loop.
 */
public final class SpokenScript implements SoundScript {
    /*
     * Recorded, gpt-audio-1.5, 34 audio tokens:   r t×5 -×15 D t×4 -×9 D -×8 D -×2 D -×2 … U X Z
     *
     * One tick "-" is one audio token, 50 ms. The model runs 16 tokens ahead before its first piece "D" of 8 tokens, and
     * stays ahead by as many; when the speech ends the rest comes at once, and one last tick closes it.
     */
    static final int PIECE_BYTES = 19_200;

    public static final int TOKEN_BYTES = 2_400;

    private static final int TOKENS_PER_PIECE = PIECE_BYTES / TOKEN_BYTES;
    private static final int TOKENS_AHEAD = 16;
    private static final long NANOS_PER_TOKEN =
            AudioFormat.PCM16_24KHZ.nanosOf(AudioFormat.PCM16_24KHZ.samplesIn(TOKEN_BYTES));
    /** Ticks share a due time in fours, so that a stream costs ten wake-ups a second of speech and not twenty-four. */
    private static final int TICKS_AT_ONCE = 4;

    private static final int LEAST_BURST = 3;
    private static final int MOST_BURST = 9;
    /** Sound made ahead of the socket: two seconds. */
    private static final int PLENTY_BYTES = 40 * TOKEN_BYTES;

    /** What comes next, where it is not the main part with its ticks, words and pieces of sound. */
    private enum State {
        AWAITING_ROLE,
        SPEAKING,
        AWAITING_LAST_TICK,
        AWAITING_USAGE,
        AWAITING_EXPIRY,
        AWAITING_DONE,
        FINISHED
    }

    /** How many pieces of transcript belong to a sentence, and where its sound lies. */
    private record Sentence(int pieces, long fromByte, int bytes) {}

    /**
     * What stands before the first word.
     *
     * @param input what the request costs; null: usage is not asked for
     */
    public record Terms(String audioId, long expiresAtUnixSeconds, Usage.@Nullable Input input) {}

    private final ChunkWriter writer;
    private final Ids ids;
    private final Pace pace;
    private final Terms terms;
    private final IntConsumer onSpoken;

    private final List<List<String>> transcripts = new ArrayList<>(); // one list of pieces for each sentence
    private final List<String> pieces = new ArrayList<>();
    private final List<Sentence> voiced = new ArrayList<>();
    private final ArrayDeque<AudioClip> sound = new ArrayDeque<>();
    private int headOffset; // bytes of the first clip that are sent

    private State state = State.AWAITING_ROLE;
    private boolean isSoundEnded;
    private long madeBytes;
    private int ticks;
    private int soundPieces;
    private int words;
    private int wordsDue; // of the present burst
    private long dueNanos;

    /**
     * @param sentences the transcript; {@link #addSound} is called once for each, in this order
     * @param onSpoken called with the number of audio tokens when all of the answer has been made
     */
    public SpokenScript(
            List<String> sentences, ChunkWriter writer, Ids ids, Pace pace, Terms terms, IntConsumer onSpoken) {
        this.writer = writer;
        this.ids = ids;
        this.pace = pace;
        this.terms = terms;
        this.onSpoken = onSpoken;
        for (String sentence : sentences) {
            List<String> sentencePieces = TranscriptPieces.of(sentence);
            transcripts.add(sentencePieces);
            pieces.addAll(sentencePieces);
        }
        if (pieces.isEmpty()) throw new IllegalArgumentException("sentences: no words (expected: at least one)");
        wordsDue = ids.between(LEAST_BURST, MOST_BURST);
    }

    @Override
    public void addSound(AudioClip speech) {
        voiced.add(new Sentence(transcripts.get(voiced.size()).size(), madeBytes, speech.bytes()));
        if (speech.bytes() > 0) sound.add(speech);
        madeBytes += speech.bytes();
    }

    @Override
    public void endSound() {
        isSoundEnded = true;
    }

    @Override
    public boolean wantsSound() {
        return !isSoundEnded && madeBytes - (long) soundPieces * PIECE_BYTES < PLENTY_BYTES;
    }

    @Override
    public boolean isFinished() {
        return state == State.FINISHED;
    }

    @Override
    public boolean isAwaitingSound() {
        return state == State.SPEAKING
                && words >= Math.min(wordsDue, pieces.size())
                && !isSoundEnded
                && tokensMade() < ticksBeforeNextPiece();
    }

    @Override
    public long dueNanos() {
        if (state != State.SPEAKING || words < Math.min(wordsDue, pieces.size())) return dueNanos;
        return ticks < ticksBeforeNextPiece() ? tickDueNanos() : Math.max(dueNanos, soundDueNanos());
    }

    @Override
    public Event writeNext(ByteBuf out) {
        dueNanos = dueNanos();
        return switch (state) {
            case AWAITING_ROLE -> {
                writer.writeSpokenRole(out);
                state = State.SPEAKING;
                yield Event.WORDS;
            }
            case SPEAKING -> writeSpeech(out);
            case AWAITING_LAST_TICK -> {
                writer.writeTick(out);
                state = terms.input() == null ? State.AWAITING_EXPIRY : State.AWAITING_USAGE;
                yield Event.TAIL;
            }
            case AWAITING_USAGE -> {
                writer.writeUsage(out, usage(terms.input()));
                state = State.AWAITING_EXPIRY;
                yield Event.TAIL;
            }
            case AWAITING_EXPIRY -> {
                onSpoken.accept(tokensMade());
                writer.writeExpiry(out, terms.expiresAtUnixSeconds());
                state = State.AWAITING_DONE;
                yield Event.TAIL;
            }
            case AWAITING_DONE -> {
                writer.writeDone(out);
                state = State.FINISHED;
                yield Event.DONE;
            }
            case FINISHED -> throw new IllegalStateException("state: " + state + " (expected: an event is left)");
        };
    }

    private Event writeSpeech(ByteBuf out) {
        if (words < Math.min(wordsDue, pieces.size())) {
            writer.writeTranscript(out, words == 0 ? terms.audioId() : null, pieces.get(words));
            words++;
            return Event.WORDS;
        }
        if (ticks < ticksBeforeNextPiece()) {
            writer.writeTick(out);
            ticks++;
            if (ticks == ticksBeforeNextPiece()) wordsDue = Math.max(wordsDue, wordsSoundingInNextPiece());
            return Event.WORDS;
        }
        byte[] pcm = takePiece();
        writer.writeData(out, soundPieces == 0 ? terms.audioId() : null, pcm);
        soundPieces++;
        boolean isLast = isSoundEnded && (long) soundPieces * PIECE_BYTES >= (long) tokensMade() * TOKEN_BYTES;
        if (isLast) state = State.AWAITING_LAST_TICK;
        else wordsDue = Math.max(wordsSoundingInNextPiece(), words + ids.between(LEAST_BURST, MOST_BURST));
        return Event.AUDIO;
    }

    /** Silence fills the last token. */
    private byte[] takePiece() {
        long leftBytes =
                isSoundEnded ? (long) tokensMade() * TOKEN_BYTES - (long) soundPieces * PIECE_BYTES : PIECE_BYTES;
        byte[] pcm = new byte[(int) Math.min(leftBytes, PIECE_BYTES)];
        int filled = 0;
        while (filled < pcm.length && !sound.isEmpty()) {
            AudioClip head = sound.element();
            int length = Math.min(pcm.length - filled, head.bytes() - headOffset);
            head.copyBytes(headOffset, pcm, filled, length);
            filled += length;
            headOffset += length;
            if (headOffset == head.bytes()) {
                sound.remove();
                headOffset = 0;
            }
        }
        return pcm;
    }

    /** The transcript runs ahead of the sound: what is heard in the next piece has been written before it. */
    private int wordsSoundingInNextPiece() {
        long toByte = (soundPieces + 1L) * PIECE_BYTES;
        int count = 0;
        for (Sentence sentence : voiced) {
            if (sentence.fromByte() >= toByte) return count;
            long heardBytes = toByte - sentence.fromByte();
            if (heardBytes >= sentence.bytes()) count += sentence.pieces();
            else count += (int) ((sentence.pieces() * heardBytes + sentence.bytes() - 1) / sentence.bytes());
        }
        return count;
    }

    /** Audio tokens: 50 ms each; an answer without any sound is one of silence. */
    public static int tokensIn(long pcmBytes) {
        return (int) Math.max(1, (pcmBytes + TOKEN_BYTES - 1) / TOKEN_BYTES);
    }

    private int tokensMade() {
        return isSoundEnded ? tokensIn(madeBytes) : (int) (madeBytes / TOKEN_BYTES);
    }

    private int ticksBeforeNextPiece() {
        int ahead = TOKENS_AHEAD + soundPieces * TOKENS_PER_PIECE;
        return isSoundEnded ? Math.min(ahead, tokensMade()) : ahead;
    }

    private long tickDueNanos() {
        int together = (ticks / TICKS_AT_ONCE + 1) * TICKS_AT_ONCE;
        if (together < TOKENS_AHEAD) return pace.timeToFirstAudioNanos() * together / TOKENS_AHEAD;
        return pace.dueNanos((together - TOKENS_AHEAD) * NANOS_PER_TOKEN);
    }

    private long soundDueNanos() {
        return pace.dueNanos((long) soundPieces * TOKENS_PER_PIECE * NANOS_PER_TOKEN);
    }

    private Usage usage(Usage.@Nullable Input input) {
        Usage.Input charged = input == null ? Usage.NONE.input() : input;
        int audioTokens = tokensMade();
        int textTokens = pieces.size();
        Usage.Output output = new Usage.Output(audioTokens + textTokens, textTokens, audioTokens, 0);
        return new Usage(charged, output, charged.tokens() + output.tokens());
    }
}
