package dev.antiphon.cascade;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * An answer in text that is told aloud: takes what a model writes and tells the asker each sentence with its sound.
 *
 * <p>Calls of functions are passed on as they come; one that follows words waits until these begin to sound, so that items
 * stand in the model's order. Usage and the reason of the end come behind the last sample.
 *
 * <p>A fault ends the answer at once while nothing of it was told; later, behind the sentences whose speech was asked for
 * before.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class SpokenAnswer implements ReplyInlet, SpeechLine.Owner {
    /** Some four minutes of speech. */
    private static final int MOST_WAITING_CHARS = 4_096;

    private static final int MOST_WAITING_PIECES = 1_024;

    private record CallPiece(
            int index,
            @Nullable String callId,
            @Nullable String name,
            @Nullable String argumentsDelta) {}

    private final Asker asker;
    private final SentenceSplitter splitter;
    private final SpeechLine line;
    private final Queue<CallPiece> calls = new ArrayDeque<>(); // waiting for words to begin
    private UpstreamCalls.@Nullable Call writing; // null: not started yet
    private boolean hasWords;
    private boolean hasPassedCalls;
    private boolean isWritten;
    private @Nullable Usage usage;
    private @Nullable FinishReason finishReason;
    private @Nullable UpstreamFault fault; // null: none

    SpokenAnswer(Asker asker, BodyCalls speech, SpeechSettings settings, String voice, CascadeCosts costs) {
        this.asker = asker;
        line = new SpeechLine(speech, settings, voice, costs, asker, this);
        splitter = new SentenceSplitter(settings.portions(), line::add);
    }

    /** @param newWriting what this is the inlet of */
    void isWrittenBy(UpstreamCalls.Call newWriting) {
        writing = newWriting;
    }

    /** The model has written something, or there is room again. Last of all the asker is rung. */
    void advance() {
        UpstreamFault speechFault = line.advance();
        if (speechFault != null) end(speechFault);
        passCalls();
        if (!asker.isOver() && line.isEmpty() && (isWritten || fault != null)) end(fault);
        if (!asker.isOver() && writing != null && !isFull()) writing.resumeReads();
        asker.ring();
    }

    /** Nothing more is asked for or told. Idempotent. */
    void cancel() {
        line.cancel();
        calls.clear();
        if (writing != null) writing.cancel();
    }

    /** @param why null: it is complete */
    private void end(@Nullable UpstreamFault why) {
        if (usage != null) asker.tellUsage(usage);
        if (finishReason != null && why == null) asker.tellFinish(finishReason);
        if (why == null) asker.complete();
        else asker.fail(why);
        cancel();
    }

    private void passCalls() {
        if (hasWords && !line.hasBegun()) return;
        for (CallPiece piece = calls.poll(); piece != null; piece = calls.poll()) {
            hasPassedCalls = true;
            asker.tellToolCall(piece.index(), piece.callId(), piece.name(), piece.argumentsDelta());
        }
    }

    // ---- what the model writes ----

    @Override
    public void onText(String delta) {
        if (asker.isOver()) return;
        hasWords = true;
        splitter.feed(delta);
    }

    /** Words for the person like any others. */
    @Override
    public void onRefusal(String delta) {
        onText(delta);
    }

    /** From a model that was not asked to speak, but says what it writes here. */
    @Override
    public void onTranscript(String delta) {
        onText(delta);
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        if (asker.isOver()) return;
        splitter.end(); // the words before it are all there
        calls.add(new CallPiece(index, callId, name, argumentsDelta));
        passCalls();
    }

    @Override
    public void onUsage(Usage newUsage) {
        usage = newUsage;
    }

    @Override
    public void onFinish(FinishReason reason) {
        finishReason = reason;
    }

    @Override
    public void onCompleted() {
        if (asker.isOver()) return;
        splitter.end();
        isWritten = true;
    }

    @Override
    public void onFault(UpstreamFault newFault) {
        if (asker.isOver()) return;
        if (asker.hasHeardAnswer()) {
            line.dropUnasked();
            fault = newFault;
        } else {
            end(newFault);
        }
    }

    @Override
    public void onRole(String role) {
        asker.tellRole(role);
    }

    @Override
    public void onRequestId(String requestId) {
        asker.tellRequestId(requestId);
    }

    @Override
    public void onStage(Stage stage, long atNanos) {
        asker.tellStage(stage, atNanos);
    }

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {
        asker.tellRateLimits(rateLimits);
    }

    @Override
    public boolean isFull() {
        if (line.waitingChars() >= MOST_WAITING_CHARS || calls.size() >= MOST_WAITING_PIECES) return true;
        return hasPassedCalls && asker.isFull();
    }

    /** Sound of another voice, which was not asked for. */
    @Override
    public void onAudio(ByteBuf pcm) {}

    @Override
    public void onAudioId(String audioId) {}

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {}

    @Override
    public void onTick() {}

    // ---- what the speech model says ----

    @Override
    public void onSpeech() {
        advance();
    }

    @Override
    public void onSpeechFault(UpstreamFault speechFault) {
        if (!asker.hasHeardAnswer()) end(speechFault);
        else if (writing != null) writing.cancel(); // nobody will hear the rest
    }
}
