package dev.antiphon.session;

/**
 * Everything through which a session acts on the world.
 *
 * <p>Threading: immutable.
 */
public record SessionPorts(
        ClientOutlet client,
        UpstreamCalls upstream,
        TranscriptionCalls transcriptions,
        Timers timers,
        TurnObserver observer) {}
