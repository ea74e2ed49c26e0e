package dev.antiphon.testing;

import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.ReplyListener;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Hears a reply without keeping any of it, for measurements; a fault is an error. */
public final class CountingReplyListener implements ReplyListener {
    private long pcmBytes;
    private long otherCalls;

    public long pcmBytes() {
        return pcmBytes;
    }

    public long otherCalls() {
        return otherCalls;
    }

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
