package dev.antiphon.bench.suite;

import java.util.List;

/**
 * What the callers and the model do, alike at every point.
 *
 * <p>Threading: immutable.
 *
 * @param uplink {@code audio}: callers speak; {@code none}: they ask in writing and listen
 * @param turns {@code server_vad} or {@code manual}; with targets that cannot hear a turn end always manual
 * @param length how long
 * @param callerOptions further options of {@code load callers}
 * @param upstreamOptions further options of {@code load upstream}
 */
record Load(
        String uplink,
        String turns,
        Length length,
        long seed,
        List<String> callerOptions,
        List<String> upstreamOptions) {
    Load {
        if (!uplink.equals("audio") && !uplink.equals("none")) {
            throw new IllegalArgumentException("uplink: " + uplink + " (expected: audio or none)");
        }
        if (!turns.equals("server_vad") && !turns.equals("manual")) {
            throw new IllegalArgumentException("turns: " + turns + " (expected: server_vad or manual)");
        }
    }

    /**
     * @param warmupSeconds not counted
     * @param seconds measured
     */
    record Length(int warmupSeconds, int seconds) {
        Length {
            if (seconds <= 0) throw new IllegalArgumentException("seconds: " + seconds + " (expected: > 0)");
            if (warmupSeconds < 0) throw new IllegalArgumentException("warmup: " + warmupSeconds + " (expected: >= 0)");
        }
    }

    String turnsWith(Target target) {
        return target.detectsTurns() && uplink.equals("audio") ? turns : "manual";
    }

    @Override
    public String toString() {
        String all = "uplink " + uplink + ", turns " + turns + ", " + length.seconds + " s after "
                + length.warmupSeconds + " s of warm-up, seed " + seed;
        if (!callerOptions.isEmpty()) all += "; callers " + String.join(" ", callerOptions);
        if (!upstreamOptions.isEmpty()) all += "; model " + String.join(" ", upstreamOptions);
        return all;
    }
}
