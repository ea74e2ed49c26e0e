package dev.antiphon.bench.suite;

/**
 * What the callers do, alike at every point.
 *
 * <p>Threading: immutable.
 *
 * @param uplink {@code audio}: they speak all the time; {@code none}: they ask in writing and listen
 * @param turns {@code server_vad} or {@code manual}; with targets that cannot hear a turn end always manual
 * @param seconds measured, after the warm-up
 */
record Load(String uplink, String turns, int seconds, int warmupSeconds, long seed) {
    Load {
        if (!uplink.equals("audio") && !uplink.equals("none")) {
            throw new IllegalArgumentException("uplink: " + uplink + " (expected: audio or none)");
        }
        if (!turns.equals("server_vad") && !turns.equals("manual")) {
            throw new IllegalArgumentException("turns: " + turns + " (expected: server_vad or manual)");
        }
        if (seconds <= 0) throw new IllegalArgumentException("seconds: " + seconds + " (expected: > 0)");
        if (warmupSeconds < 0) throw new IllegalArgumentException("warmup: " + warmupSeconds + " (expected: >= 0)");
    }

    String turnsWith(Target target) {
        return target.detectsTurns() && uplink.equals("audio") ? turns : "manual";
    }
}
