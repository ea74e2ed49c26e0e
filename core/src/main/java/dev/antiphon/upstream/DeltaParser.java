package dev.antiphon.upstream;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of one event after another, all of one reply, to a {@link DeltaListener}. An event is read to its end before
 * anything of it is told, in the order of the listener's methods, so a broken one says nothing.
 *
 * <p>Threading: confined to its caller.
 */
public final class DeltaParser {
    /** What became of an event. */
    public enum Outcome {
        TAKEN,
        /** Not one JSON object; nothing was told. */
        MALFORMED,
        /** The reply is over: see {@link #fault}. */
        FAULT
    }

    /** Where the words of a spoken answer stand, where they may stand in two places. */
    private enum Words {
        AWAITED,
        IN_TRANSCRIPT,
        IN_CONTENT
    }

    private static final String AUDIO_LIST =
            "the model's audio is a list of links to files (expected: pcm16 in delta.audio.data)";
    private static final String AUDIO_IN_CONTENT =
            "the model's audio stands in delta.content (expected: delta.audio.data, or the dialect vllm)";

    private final boolean contentIsTranscript;
    private final boolean finishIsEnd;
    private final boolean contentMayBeAudio;
    private final DeltaListener out;
    private final DeltaReader reader;
    private final SpokenAudio spokenAudio;

    private Words words = Words.AWAITED;
    private boolean hasAudioId;
    private boolean hasFinished;
    private boolean isComplete;
    private boolean hasSaidAnything;
    private boolean hasSound;
    private @Nullable UpstreamFault fault;

    /** In the dialect of OpenAI. */
    public DeltaParser(DeltaListener out) {
        this(Dialect.Answer.OPENAI, true, out);
    }

    /** @param isAskedAloud whether the request asked for speech */
    public DeltaParser(Dialect.Answer dialect, boolean isAskedAloud, DeltaListener out) {
        this(dialect, isAskedAloud, true, out);
    }

    /** @param remembers false: every event is parsed, though it is like one before it */
    DeltaParser(Dialect.Answer dialect, boolean isAskedAloud, boolean remembers, DeltaListener out) {
        this.out = out;
        contentIsTranscript = dialect.contentIsTranscript() && isAskedAloud;
        finishIsEnd = dialect.end() == Dialect.End.FINISH;
        contentMayBeAudio = dialect.audioPlace() == Dialect.AudioPlace.CONTENT_OF_MODALITY;
        reader = new DeltaReader(dialect.audioPlace(), remembers);
        spokenAudio = new SpokenAudio(dialect.sampleRateHz());
    }

    /** @param array lent until return, and only the range */
    public Outcome parse(byte[] array, int offset, int length) {
        if (!reader.recall(array, offset, length)) return parseAnew(array, offset, length);
        Delta delta = reader.delta();
        if (delta == null || !delta.hasAudio()) return tell(array, null);
        ByteBuf sound = spokenAudio.decodePlain(array, delta.dataStart, delta.dataEnd);
        if (sound == null) {
            reader.giveUpRecallingSound();
            return parseAnew(array, offset, length);
        }
        try {
            return tell(array, sound);
        } finally {
            sound.release();
        }
    }

    private Outcome parseAnew(byte[] array, int offset, int length) {
        try {
            reader.read(array, offset, length);
        } catch (StreamConstraintsException overLimits) {
            return fail(Faults.invalid("an event of the model goes beyond the limits of JSON depth or number length"));
        } catch (IOException notJson) {
            return Outcome.MALFORMED;
        }
        if (reader.isError()) return fail(FaultReader.reported(array, offset, length, !hasSaidAnything));
        return tell(array, null);
    }

    /** @param sound of the event, decoded; lent; null: there is none, or it is not decoded yet */
    private Outcome tell(byte[] array, @Nullable ByteBuf sound) {
        Delta delta = reader.delta();
        Usage usage = reader.usage();
        UpstreamFault broken = delta == null ? null : tellAnswer(delta, array, sound);
        if (broken != null) return fail(broken);
        if (usage != null) out.onUsage(usage);
        broken = delta == null ? null : tellEnd(delta);
        if (broken != null) return fail(broken);
        if (usage == null && !reader.hasChoices()) out.onTick();
        return Outcome.TAKEN;
    }

    /** Why the last event was a {@link Outcome#FAULT}; null before that. */
    public @Nullable UpstreamFault fault() {
        return fault;
    }

    /** Nothing of the answer is missing, though {@code [DONE]} is still to come. */
    public boolean isComplete() {
        return isComplete && finishIsEnd;
    }

    /** Whether the stream may end here: a {@code finish_reason} or the lone expiry of a spoken answer was there. */
    public boolean mayEnd() {
        return isComplete;
    }

    /**
     * No event will follow: what is left of the sound is told.
     *
     * @return null: nothing is wrong
     */
    public @Nullable UpstreamFault end() {
        String complaint = spokenAudio.end(out);
        return complaint == null ? null : Faults.invalid(complaint);
    }

    /** Whether anything of the answer itself was told: text, transcript, sound, refusal, a tool call. */
    public boolean hasSaidAnything() {
        return hasSaidAnything;
    }

    /** Whether any sound was told. */
    boolean hasSound() {
        return hasSound;
    }

    private @Nullable UpstreamFault tellAnswer(Delta delta, byte[] array, @Nullable ByteBuf sound) {
        if (delta.role != null) out.onRole(delta.role);
        if (delta.audioId != null && !hasAudioId) {
            hasAudioId = true;
            out.onAudioId(delta.audioId);
        }
        if (delta.isAudioList) return Faults.invalid(AUDIO_LIST);
        if (delta.content != null && reader.isAudioModality() && !contentMayBeAudio) {
            return Faults.invalid(AUDIO_IN_CONTENT);
        }
        hasSaidAnything |= delta.isAnswer();
        if (delta.transcript != null) tellTranscript(delta.transcript, Words.IN_TRANSCRIPT);
        if (delta.hasAudio()) {
            hasSound = true;
            String complaint = sound == null
                    ? spokenAudio.decode(array, delta.dataStart, delta.dataEnd, delta.sampleRateHz, out)
                    : spokenAudio.tell(sound, delta.sampleRateHz, out);
            if (complaint != null) return Faults.invalid(complaint);
        }
        if (delta.content != null) {
            if (contentIsTranscript) tellTranscript(delta.content, Words.IN_CONTENT);
            else out.onText(delta.content);
        }
        for (int i = 0; i < delta.toolCalls.size(); i++) {
            Delta.ToolCallPiece piece = delta.toolCalls.get(i);
            out.onToolCall(piece.index(), piece.callId(), piece.name(), piece.argumentsDelta());
        }
        if (delta.refusal != null) out.onRefusal(delta.refusal);
        return null;
    }

    /** Words that stand in both places are the same words: those of the place that spoke first are told. */
    private void tellTranscript(String delta, Words place) {
        if (words == Words.AWAITED) words = place;
        if (words == place || !contentIsTranscript) out.onTranscript(delta);
    }

    private @Nullable UpstreamFault tellEnd(Delta delta) {
        if (delta.expiresAtUnixSeconds != Delta.NO_EXPIRY) out.onAudioExpiry(delta.expiresAtUnixSeconds);
        isComplete |= delta.isExpiryOnly();
        return delta.finishReason == null ? null : finish(FinishReason.of(delta.finishReason));
    }

    /** OpenRouter says it twice; the first counts. */
    private @Nullable UpstreamFault finish(FinishReason reason) {
        if (hasFinished) return null;
        hasFinished = true;
        isComplete = true;
        out.onFinish(reason);
        return reason == FinishReason.ERROR ? Faults.brokenOff(!hasSaidAnything) : null;
    }

    private Outcome fail(UpstreamFault why) {
        fault = why;
        return Outcome.FAULT;
    }
}
