package dev.antiphon.bench.suite;

import dev.antiphon.bench.suite.Load.Length;
import java.util.List;

/**
 * The runs that are reported; each setting can be told otherwise. What runs on a JVM needs a minute or more until its code
 * is compiled.
 *
 * <p>Threading: immutable.
 */
enum Preset {
    /** A few seconds of everything: does it run? */
    SMOKE(speaking(10, 10), List.of(10), 1, 0),
    /** Sessions that listen, a piece each 160 ms: the cost of an event. */
    DOWNLINK(listening(60, 40), List.of(2_000), 3, 5),
    /** Conversations in full duplex as they grow in number. */
    TURNS(speaking(90, 40), List.of(100, 250, 500, 1_000), 3, 5),
    /** More and more conversations until the tail breaks, then halfway back and forth. */
    KNEE(speaking(60, 30), List.of(50), 3, 5);

    private final Load load;
    private final List<Integer> sessions;
    private final int rounds;
    private final int coolDownSeconds;

    Preset(Load load, List<Integer> sessions, int rounds, int coolDownSeconds) {
        this.load = load;
        this.sessions = sessions;
        this.rounds = rounds;
        this.coolDownSeconds = coolDownSeconds;
    }

    /** Callers send a frame each 20 ms all the time, to every target, whoever hears the turn end. */
    private static Load speaking(int warmupSeconds, int seconds) {
        return new Load(
                "audio",
                "server_vad",
                new Length(warmupSeconds, seconds),
                1,
                List.of("--pauses", "silence"),
                List.of());
    }

    /** One answer after the other, at the pace of speech. */
    private static Load listening(int warmupSeconds, int seconds) {
        return new Load(
                "none",
                "manual",
                new Length(warmupSeconds, seconds),
                1,
                List.of("--barge-in-rate", "0", "--speak-millis", "20,20", "--listen-millis", "5500,6500"),
                List.of("--pace", "1", "--piece-millis", "160,160", "--answer-millis", "4800,4800"));
    }

    static Preset named(String name) {
        for (Preset preset : values()) {
            if (preset.name().equalsIgnoreCase(name)) return preset;
        }
        throw new IllegalArgumentException("preset: " + name + " (expected: smoke, downlink, turns or knee)");
    }

    Load load() {
        return load;
    }

    List<Integer> sessions() {
        return sessions;
    }

    int rounds() {
        return rounds;
    }

    int coolDownSeconds() {
        return coolDownSeconds;
    }
}
