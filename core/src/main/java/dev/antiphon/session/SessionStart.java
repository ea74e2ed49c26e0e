package dev.antiphon.session;

import dev.antiphon.turn.TurnDetector;
import dev.antiphon.turn.TurnSettings;
import java.util.function.Function;

/**
 * What a session is born with.
 *
 * <p>Threading: immutable.
 *
 * @param settings until the client changes them
 * @param ids of items, responses and the conversation
 * @param turnDetectors makes the detector that {@code turn_detection} asks for
 * @param unixSeconds wall time of the moment the session opens; from there on it is derived from monotonic time
 */
public record SessionStart(
        SessionSettings settings,
        SessionIds ids,
        SessionLimits limits,
        MemorySettings memory,
        Function<TurnSettings, TurnDetector> turnDetectors,
        long unixSeconds) {}
