package dev.antiphon.session;

import dev.antiphon.metrics.Stage;
import dev.antiphon.playout.DownlinkQueue;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reply on its way from the model to the session: the producer's end is the {@link ReplyInlet}, the consumer's end
 * belongs to the session. Sound, words and the end of the reply stay in the order in which the model sent them.
 *
 * <p>Threading: one producer, one consumer.
 */
final class ReplyQueue implements ReplyInlet {
    /** Even the slots kept for what one read brings are taken: the model sent thousands of tiny events at once. */
    private static final ReplyEvent OVERFLOW = new ReplyEvent.Fault(new UpstreamFault(
            UpstreamFault.Kind.INVALID,
            200,
            "server_error",
            null,
            null,
            "the model sent more events at once than fit",
            false));

    private final DownlinkQueue<ReplyEvent> queue = new DownlinkQueue<>();
    /**
     * How the reply ended, delivered after all that is queued; null: it has not. Not in the queue, so that it finds room
     * in a full one. Written by the producer, once; read by the consumer.
     */
    private volatile @Nullable ReplyEvent lastWord;

    // ---- producer ----

    @Override
    public void onAudio(ByteBuf pcm) {
        if (lastWord == null && !queue.offerAudio(pcm.retain())) lastWord = OVERFLOW;
    }

    @Override
    public void onRole(String role) {}

    @Override
    public void onTick() {}

    @Override
    public void onAudioId(String audioId) {
        offer(new ReplyEvent.AudioId(audioId));
    }

    @Override
    public void onTranscript(String delta) {
        offer(new ReplyEvent.Transcript(delta));
    }

    @Override
    public void onText(String delta) {
        offer(new ReplyEvent.Text(delta));
    }

    @Override
    public void onRefusal(String delta) {
        offer(new ReplyEvent.Text(delta));
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        offer(new ReplyEvent.ToolCallPiece(index, callId, name, argumentsDelta));
    }

    @Override
    public void onUsage(Usage usage) {
        offer(new ReplyEvent.UsageReport(usage));
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        offer(new ReplyEvent.AudioExpiry(expiresAtUnixSeconds));
    }

    @Override
    public void onFinish(FinishReason reason) {
        offer(new ReplyEvent.Finish(reason));
    }

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {
        offer(new ReplyEvent.RateLimits(rateLimits));
    }

    @Override
    public void onRequestId(String requestId) {
        offer(new ReplyEvent.RequestName(requestId));
    }

    @Override
    public void onStage(Stage stage, long atNanos) {
        offer(new ReplyEvent.StageMark(stage, atNanos));
    }

    @Override
    public void onCompleted() {
        if (lastWord == null) lastWord = new ReplyEvent.Completed();
    }

    @Override
    public void onFault(UpstreamFault fault) {
        if (lastWord == null) lastWord = new ReplyEvent.Fault(fault);
    }

    @Override
    public boolean isFull() {
        return queue.isFull();
    }

    private void offer(ReplyEvent event) {
        if (lastWord == null && !queue.offer(event)) lastWord = OVERFLOW;
    }

    // ---- consumer ----

    /** Hands on what is queued while {@code sink} wants more, and how the reply ended once nothing is left before it. */
    void drain(DownlinkQueue.Sink<ReplyEvent> sink) {
        ReplyEvent word = lastWord; // read first: all that was offered before it is then seen by the drain
        queue.drain(sink);
        if (word != null && sink.wantsMore()) sink.onControl(word);
    }

    /** Whether the producer may read again. */
    boolean isDrained() {
        return queue.isDrained();
    }

    /** Throws away what is queued and what still comes. Idempotent. @return bytes of audio thrown away */
    long close() {
        return queue.close();
    }
}
