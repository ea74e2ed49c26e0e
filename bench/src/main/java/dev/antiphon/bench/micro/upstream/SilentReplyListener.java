package dev.antiphon.bench.micro.upstream;

import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.ReplyListener;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Counts, so that nothing can be optimised away, and fails on a fault. */
final class SilentReplyListener implements ReplyListener {
    long pcmBytes;
    long otherCalls;

    @Override
    public void onAudio(ByteBuf pcm) {
        pcmBytes += pcm.readableBytes();
    }

    @Override
    public void onRole(String role) {
        otherCalls++;
    }

    @Override
    public void onAudioId(String audioId) {
        otherCalls++;
    }

    @Override
    public void onTranscript(String delta) {
        otherCalls++;
    }

    @Override
    public void onText(String delta) {
        otherCalls++;
    }

    @Override
    public void onToolCall(int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
        otherCalls++;
    }

    @Override
    public void onRefusal(String delta) {
        otherCalls++;
    }

    @Override
    public void onUsage(Usage usage) {
        otherCalls++;
    }

    @Override
    public void onAudioExpiry(long expiresAtUnixSeconds) {
        otherCalls++;
    }

    @Override
    public void onFinish(FinishReason reason) {
        otherCalls++;
    }

    @Override
    public void onTick() {
        otherCalls++;
    }

    @Override
    public void onCompleted() {
        otherCalls++;
    }

    @Override
    public void onFault(UpstreamFault fault) {
        throw new AssertionError(fault.message());
    }
}
