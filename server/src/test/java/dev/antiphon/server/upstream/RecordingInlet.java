package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a reply says as lines, in order; a test takes them all.
 *
 * <p>Threading: one producer, one consumer.
 */
final class RecordingInlet implements ReplyInlet {
    private static final long WAIT_SECONDS = 5;

    private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();
    private volatile boolean isFull; // set by the test's thread, read by the loop's
    private volatile boolean isTextCounted; // likewise
    private final AtomicLong textChars = new AtomicLong(); // counted by the loop's thread, read by the test's
    private volatile @Nullable UpstreamFault fault; // likewise
    private volatile String requestId = ""; // likewise

    /** The next line but stages, waiting for it. */
    String next() throws InterruptedException {
        String line = nextWithStages();
        while (line.startsWith("stage ")) line = nextWithStages();
        return line;
    }

    /** The next line, stage or not, waiting for it. */
    String nextWithStages() throws InterruptedException {
        String line = said.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        return line == null ? "silence" : line;
    }

    /** All lines but stages so far. */
    List<String> drain() {
        List<String> lines = new ArrayList<>();
        said.drainTo(lines);
        lines.removeIf(line -> line.startsWith("stage "));
        return lines;
    }

    void assertSilent() {
        assertThat(drain()).isEmpty();
    }

    void assertNoStage() {
        assertThat(said).isEmpty();
    }

    UpstreamFault fault() {
        UpstreamFault last = fault;
        if (last == null) throw new AssertionError("no fault");
        return last;
    }

    void setFull(boolean full) {
        isFull = full;
    }

    /** Text is counted from now on, not kept. */
    void countText() {
        isTextCounted = true;
    }

    long textChars() {
        return textChars.get();
    }

    @Override
    public boolean isFull() {
        return isFull;
    }

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {
        said.add("rate limits " + rateLimits);
    }

    @Override
    public void onRequestId(String newRequestId) {
        requestId = newRequestId;
    }

    /** What the provider called the exchange; empty: nothing. */
    String requestId() {
        return requestId;
    }

    @Override
    public void onStage(Stage stage, long atNanos) {
        said.add("stage " + stage);
    }

    @Override
    public void onText(String delta) {
        if (isTextCounted) textChars.addAndGet(delta.length());
        else said.add("text " + delta);
    }

    @Override
    public void onCompleted() {
        said.add("completed");
    }

    @Override
    public void onFault(UpstreamFault newFault) {
        fault = newFault;
        said.add("fault " + newFault.kind() + " " + newFault.httpStatus() + (newFault.retryable() ? " retryable" : ""));
    }

    @Override
    public void onFinish(FinishReason reason) {
        said.add("finish " + reason);
    }

    @Override
    public void onRole(String role) {
        said.add("role " + role);
    }

    @Override
    public void onAudioId(String audioId) {
        said.add("audio id " + audioId);
    }

    @Override
    public void onTranscript(String delta) {
        said.add("transcript " + delta);
    }

    @Override
    public void onAudio(ByteBuf pcm) {
        said.add("audio " + pcm.readableBytes());
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        said.add("tool call " + index);
    }

    @Override
    public void onRefusal(String delta) {
        said.add("refusal " + delta);
    }

    @Override
    public void onUsage(Usage usage) {
        said.add("usage " + usage.totalTokens());
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        said.add("expiry " + expiresAtUnixSeconds);
    }

    @Override
    public void onTick() {
        said.add("tick");
    }
}
