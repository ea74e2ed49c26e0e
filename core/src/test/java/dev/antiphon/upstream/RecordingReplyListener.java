package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a reply down, one line a call, and fails at once on what the contract forbids. */
final class RecordingReplyListener implements ReplyListener {
    final List<String> calls = new ArrayList<>();
    final StringBuilder transcript = new StringBuilder();
    final StringBuilder text = new StringBuilder();
    final StringBuilder refusal = new StringBuilder();
    final List<String> audioIds = new ArrayList<>();
    final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
    final List<Integer> pcmSizes = new ArrayList<>();
    final List<FinishReason> finishReasons = new ArrayList<>();
    final List<String> toolCalls = new ArrayList<>();
    int ticks;

    @Nullable
    Usage usage;

    @Nullable
    Long expiresAt;

    boolean completed;

    @Nullable
    UpstreamFault fault;

    boolean isTerminated() {
        return completed || fault != null;
    }

    @Override
    public void onRole(String role) {
        say("role " + role);
    }

    @Override
    public void onAudioId(String audioId) {
        say("id " + audioId);
        audioIds.add(audioId);
    }

    @Override
    public void onTranscript(String delta) {
        say("transcript " + notEmpty(delta));
        transcript.append(delta);
    }

    @Override
    public void onAudio(ByteBuf samples) {
        int bytes = samples.readableBytes();
        if (bytes == 0) throw new AssertionError("empty audio");
        if (bytes % 2 != 0) throw new AssertionError("half a sample: " + bytes + " bytes");
        byte[] copy = new byte[bytes];
        samples.getBytes(samples.readerIndex(), copy);
        say("audio " + bytes);
        pcm.writeBytes(copy);
        pcmSizes.add(bytes);
    }

    @Override
    public void onText(String delta) {
        say("text " + notEmpty(delta));
        text.append(delta);
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        String call = index + " " + callId + " " + name + " " + argumentsDelta;
        say("tool " + call);
        toolCalls.add(call);
    }

    @Override
    public void onRefusal(String delta) {
        say("refusal " + notEmpty(delta));
        refusal.append(delta);
    }

    @Override
    public void onUsage(Usage tokens) {
        say("usage " + tokens.totalTokens());
        usage = tokens;
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        say("expiry " + expiresAtUnixSeconds);
        expiresAt = expiresAtUnixSeconds;
    }

    @Override
    public void onFinish(FinishReason reason) {
        say("finish " + reason);
        finishReasons.add(reason);
    }

    @Override
    public void onTick() {
        say("tick");
        ticks++;
    }

    @Override
    public void onCompleted() {
        say("completed");
        completed = true;
    }

    @Override
    public void onFault(UpstreamFault why) {
        say("fault " + why.kind() + " " + why.message());
        fault = why;
    }

    private void say(String call) {
        if (isTerminated()) throw new AssertionError("after the last call: " + call + ", calls: " + calls);
        calls.add(call);
    }

    private static String notEmpty(String delta) {
        if (delta.isEmpty()) throw new AssertionError("empty delta");
        return delta;
    }
}
