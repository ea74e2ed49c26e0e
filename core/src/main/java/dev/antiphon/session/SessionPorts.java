package dev.antiphon.session;

import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;

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
