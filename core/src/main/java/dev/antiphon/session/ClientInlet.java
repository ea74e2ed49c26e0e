package dev.antiphon.session;

import dev.antiphon.session.ClientOutlet.CloseReason;
import io.netty.buffer.ByteBuf;

/**
 * The way in from a client: what its connection tells a {@link Session}; the other way of {@link ClientOutlet}.
 *
 * <p>Threading: called on the session's event loop.
 */
public interface ClientInlet {
    /** What is in force now; a command that changes settings is built upon it. */
    SessionSettings settings();

    /** The client is there: says hello. */
    void open(long nowNanos);

    /**
     * The client's voice.
     *
     * @param audio in the input format of {@link #settings}, whole samples, any number of them; lent
     */
    void onAudio(ByteBuf audio, long nowNanos);

    void onCommand(ClientCommand command, long nowNanos);

    /** The client sent what cannot be a command: it is told so, nothing else happens. */
    void onClientFault(ClientFault fault);

    /** The client takes audio again. */
    void onClientWritable(long nowNanos);

    /** The client's socket took the first piece of sound of a response. */
    void onFirstAudioWritten(String responseId, long nowNanos);

    void onTimer(Timers.Deadline deadline, long nowNanos);

    /** Ends the session: the model is cut off, what is open is closed. Idempotent. */
    void close(CloseReason reason, long nowNanos);
}
