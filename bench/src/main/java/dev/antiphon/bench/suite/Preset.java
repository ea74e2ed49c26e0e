package dev.antiphon.bench.suite;

import java.util.List;

/**
 * The runs that are reported; each setting can be told otherwise.
 *
 * <p>Threading: immutable.
 */
enum Preset {
    /** A few seconds of everything: does it run? */
    SMOKE("audio", "server_vad", List.of(10), 1, 3, 2, 0),
    /** Sessions that listen: the cost of an event. */
    DOWNLINK("none", "manual", List.of(2_000), 5, 60, 20, 5),
    /** Conversations in full duplex as they grow in number. */
    TURNS("audio", "server_vad", List.of(100, 250, 500, 1_000, 1_500), 3, 60, 20, 5),
    /** More and more conversations until the tail breaks, then halfway back and forth. */
    KNEE("audio", "server_vad", List.of(50), 3, 30, 15, 5);

    private final String uplink;
    private final String turns;
    private final List<Integer> sessions;
    private final int rounds;
    private final int seconds;
    private final int warmupSeconds;
    private final int coolDownSeconds;

    Preset(
            String uplink,
            String turns,
            List<Integer> sessions,
            int rounds,
            int seconds,
            int warmupSeconds,
            int coolDownSeconds) {
        this.uplink = uplink;
        this.turns = turns;
        this.sessions = sessions;
        this.rounds = rounds;
        this.seconds = seconds;
        this.warmupSeconds = warmupSeconds;
        this.coolDownSeconds = coolDownSeconds;
    }

    static Preset named(String name) {
        for (Preset preset : values()) {
            if (preset.name().equalsIgnoreCase(name)) return preset;
        }
        throw new IllegalArgumentException("preset: " + name + " (expected: smoke, downlink, turns or knee)");
    }

    String uplink() {
        return uplink;
    }

    String turns() {
        return turns;
    }

    List<Integer> sessions() {
        return sessions;
    }

    int rounds() {
        return rounds;
    }

    int seconds() {
        return seconds;
    }

    int warmupSeconds() {
        return warmupSeconds;
    }

    int coolDownSeconds() {
        return coolDownSeconds;
    }
}
