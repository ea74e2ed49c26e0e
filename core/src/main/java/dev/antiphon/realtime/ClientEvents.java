package dev.antiphon.realtime;

import dev.antiphon.session.ClientCommand;
import io.netty.buffer.ByteBuf;

/**
 * What a client's events mean.
 *
 * <p>Threading: called by {@link ClientEventReader#read}, on its caller's thread.
 */
public interface ClientEvents {
    /** @param pcm whole samples, PCM16 little-endian mono, at least one; lent */
    void onAudio(ByteBuf pcm);

    void onCommand(ClientCommand command);
}
