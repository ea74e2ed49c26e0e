package dev.antiphon.realtime;

import dev.antiphon.session.ClientCommand;
import io.netty.buffer.ByteBuf;

/**
 * What a client's events mean.
 *
 * <p>Threading: called by {@link ClientEventReader#read}, on its caller's thread.
 */
public interface ClientEvents {
    /** @param audio whole samples in the session's input format, at least one; lent */
    void onAudio(ByteBuf audio);

    void onCommand(ClientCommand command);

    /**
     * The client speaks another dialect than its handshake said. Comes at most once, before the command that showed it.
     */
    void onDialect(Dialect dialect);
}
