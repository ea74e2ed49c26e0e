package dev.antiphon.server.client;

import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.Timers;
import io.netty.buffer.ByteBuf;

/**
 * A session as its client connection drives it; the other way of {@link dev.antiphon.session.ClientOutlet}.
 *
 * <p>Threading: called on the session's event loop.
 */
public interface ClientInlet {
    SessionSettings settings();

    void open(long nowNanos);

    /** @param pcm whole samples, PCM16 little-endian mono, 24 kHz; lent */
    void onAudio(ByteBuf pcm, long nowNanos);

    void onCommand(ClientCommand command, long nowNanos);

    void onClientFault(ClientFault fault);

    void onClientWritable(long nowNanos);

    void onTimer(Timers.Deadline deadline, long nowNanos);

    void close(CloseReason reason, long nowNanos);

    static ClientInlet of(Session session) {
        return new ClientInlet() {
            @Override
            public SessionSettings settings() {
                return session.settings();
            }

            @Override
            public void open(long nowNanos) {
                session.open(nowNanos);
            }

            @Override
            public void onAudio(ByteBuf pcm, long nowNanos) {
                session.onAudio(pcm, nowNanos);
            }

            @Override
            public void onCommand(ClientCommand command, long nowNanos) {
                session.onCommand(command, nowNanos);
            }

            @Override
            public void onClientFault(ClientFault fault) {
                session.onClientFault(fault);
            }

            @Override
            public void onClientWritable(long nowNanos) {
                session.onClientWritable(nowNanos);
            }

            @Override
            public void onTimer(Timers.Deadline deadline, long nowNanos) {
                session.onTimer(deadline, nowNanos);
            }

            @Override
            public void close(CloseReason reason, long nowNanos) {
                session.close(reason, nowNanos);
            }
        };
    }
}
