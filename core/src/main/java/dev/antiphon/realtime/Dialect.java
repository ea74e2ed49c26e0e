package dev.antiphon.realtime;

/**
 * One of the two forms in which the Realtime protocol is spoken. A connection speaks one of them: events of both on one
 * socket break the strict clients of either.
 *
 * <p>Threading: immutable.
 */
public enum Dialect {
    /** Settings nested by direction, two events for an item, {@code response.output_*}: what there is since 2025-08. */
    GA,
    /** Flat settings, one event for an item, {@code response.audio.*}: what {@code OpenAI-Beta: realtime=v1} asks for. */
    BETA
}
