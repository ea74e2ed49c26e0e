package dev.antiphon.server.client;

import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.Timers;
import io.netty.channel.EventLoop;

/**
 * Makes the session of a new client connection.
 *
 * <p>Threading: thread-safe; called on the event loop the session will live on.
 */
@FunctionalInterface
public interface SessionFactory {
    /**
     * Makes a session that has not said anything yet; {@link ClientInlet#open} follows at once.
     *
     * @param loop where the session lives
     */
    ClientInlet newSession(Wanted wanted, ClientOutlet outlet, Timers timers, EventLoop loop);

    /**
     * What kind of session a client asks for when it connects; it stays so.
     *
     * @param model as the client named it; empty: it named none
     * @param isTranscription {@code intent=transcription}: it only listens and writes down, and never answers
     */
    record Wanted(String model, boolean isTranscription) {}
}
