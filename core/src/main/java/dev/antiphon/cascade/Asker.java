package dev.antiphon.cascade;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one who asked for an answer: his inlet, and his bell, which is rung once after all that one event put into the
 * inlet. He hears one last word and nothing after it, and nothing after he has cancelled.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Asker {
    private final ReplyInlet reply;
    private final Consumer<ReplyInlet> onReadable;
    private boolean hasNews;
    private boolean hasHeardAnswer;
    private boolean hasMetFull;
    private boolean isOver;

    Asker(ReplyInlet reply, Consumer<ReplyInlet> onReadable) {
        this.reply = reply;
        this.onReadable = onReadable;
    }

    /** Anything may follow from this, even a cancel: the last thing to be done about an event. */
    void ring() {
        if (!hasNews) return;
        hasNews = false;
        onReadable.accept(reply);
    }

    /** Whoever holds something back because of this is called again after {@link #takeRoom}. */
    boolean isFull() {
        boolean isFull = reply.isFull();
        hasMetFull |= isFull;
        return isFull;
    }

    /** There is room; returns whether anybody waits for it. */
    boolean takeRoom() {
        boolean isWaitedFor = hasMetFull && !isOver;
        hasMetFull = false;
        return isWaitedFor;
    }

    /** The last word was said, or is no longer wanted. */
    boolean isOver() {
        return isOver;
    }

    /** Whether anything of an answer was told: from then on another attempt would be heard as another answer. */
    boolean hasHeardAnswer() {
        return hasHeardAnswer;
    }

    void cancel() {
        isOver = true;
        hasNews = false;
    }

    void complete() {
        if (!isNews()) return;
        isOver = true;
        reply.onCompleted();
    }

    void fail(UpstreamFault fault) {
        if (!isNews()) return;
        isOver = true;
        reply.onFault(hasHeardAnswer ? fault.withRetry(UpstreamFault.Retry.NEVER) : fault);
    }

    void tellTranscript(String text) {
        if (isAnswer()) reply.onTranscript(text);
    }

    /** @param pcm whole samples, lent */
    void tellAudio(ByteBuf pcm) {
        if (isAnswer()) reply.onAudio(pcm);
    }

    void tellText(String delta) {
        if (isAnswer()) reply.onText(delta);
    }

    void tellRefusal(String delta) {
        if (isAnswer()) reply.onRefusal(delta);
    }

    void tellToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        if (isAnswer()) reply.onToolCall(index, callId, name, argumentsDelta);
    }

    void tellRole(String role) {
        if (isNews()) reply.onRole(role);
    }

    void tellAudioId(String audioId) {
        if (isNews()) reply.onAudioId(audioId);
    }

    void tellAudioExpiry(long expiresAtUnixSeconds) {
        if (isNews()) reply.onAudioExpiry(expiresAtUnixSeconds);
    }

    void tellUsage(Usage usage) {
        if (isNews()) reply.onUsage(usage);
    }

    void tellFinish(FinishReason reason) {
        if (isNews()) reply.onFinish(reason);
    }

    void tellTick() {
        if (isNews()) reply.onTick();
    }

    void tellStage(Stage stage, long atNanos) {
        if (isNews()) reply.onStage(stage, atNanos);
    }

    void tellRequestId(String requestId) {
        if (isNews()) reply.onRequestId(requestId);
    }

    void tellRateLimits(List<RateLimit> rateLimits) {
        if (isNews()) reply.onRateLimits(rateLimits);
    }

    private boolean isNews() {
        if (isOver) return false;
        hasNews = true;
        return true;
    }

    private boolean isAnswer() {
        if (!isNews()) return false;
        hasHeardAnswer = true;
        return true;
    }
}
