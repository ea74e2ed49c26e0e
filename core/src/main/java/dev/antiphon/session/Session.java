package dev.antiphon.session;

import io.netty.buffer.ByteBuf;

/** Contract only for now. */
public final class Session {
    public SessionSettings settings() {
        return SessionSettings.defaults("", "");
    }

    public void open(long nowNanos) {}

    public void onAudio(ByteBuf pcm, long nowNanos) {}

    public void onCommand(ClientCommand command, long nowNanos) {}

    public void onClientFault(ClientFault fault) {}

    public void onClientWritable(long nowNanos) {}

    public void onReplyReadable(long nowNanos) {}

    public void onTimer(Timers.Deadline deadline, long nowNanos) {}

    public void close(ClientOutlet.CloseReason reason, long nowNanos) {}
}
