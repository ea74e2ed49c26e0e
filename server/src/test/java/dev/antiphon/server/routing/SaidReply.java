package dev.antiphon.server.routing;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a session would be told, in order.
 *
 * <p>Threading: confined to the test's thread.
 */
final class SaidReply implements ReplyInlet {
    final List<String> said = new ArrayList<>();

    @Nullable
    UpstreamFault fault; // null: none yet

    int notices;

    /** What was said since the last time. */
    List<String> take() {
        List<String> taken = List.copyOf(said);
        said.clear();
        return taken;
    }

    UpstreamFault fault() {
        if (fault == null) throw new AssertionError("no fault, but " + said);
        return fault;
    }

    @Override
    public void onStage(Stage stage, long atNanos) {
        said.add("stage " + stage);
    }

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {
        said.add("limits " + rateLimits.get(0).remaining());
    }

    @Override
    public boolean isFull() {
        return false;
    }

    @Override
    public void onCompleted() {
        said.add("completed");
    }

    @Override
    public void onFault(UpstreamFault newFault) {
        fault = newFault;
        said.add("fault " + newFault.code());
    }

    @Override
    public void onRole(String role) {
        said.add("role " + role);
    }

    @Override
    public void onAudioId(String audioId) {
        said.add("id " + audioId);
    }

    @Override
    public void onTranscript(String delta) {
        said.add("transcript " + delta);
    }

    /** The first sample tells who speaks. */
    @Override
    public void onAudio(ByteBuf pcm) {
        said.add("audio " + pcm.getShortLE(pcm.readerIndex()));
    }

    @Override
    public void onText(String delta) {
        said.add("text " + delta);
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        said.add("tool " + name);
    }

    @Override
    public void onRefusal(String delta) {
        said.add("refusal " + delta);
    }

    @Override
    public void onUsage(Usage usage) {
        said.add("usage");
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        said.add("expiry");
    }

    @Override
    public void onFinish(FinishReason reason) {
        said.add("finish " + reason);
    }

    @Override
    public void onTick() {
        said.add("tick");
    }
}
