package dev.antiphon.bench.load.caller;

/**
 * How callers hold their conversations; each draws its own from the seed.
 *
 * <pre>
 *  |…speak…|………………listen………………|…speak…|…cut in…|…speak…|………………listen…
 *          end of a turn                  end      barge-in
 * </pre>
 *
 * <p>Threading: immutable.
 *
 * @param bargeInRate share of the turns behind which the caller does not listen to the end; 0 to 1
 */
public record ConversationPlan(long seed, Span speak, Span listen, Span cutIn, double bargeInRate) {
    private static final int FRAME_MILLIS = 20;

    public ConversationPlan {
        if (!(bargeInRate >= 0 && bargeInRate <= 1)) {
            throw new IllegalArgumentException("bargeInRate: " + bargeInRate + " (expected: 0 to 1)");
        }
    }

    /** A length, drawn evenly in frames. */
    public record Span(int minMillis, int maxMillis) {
        public Span {
            if (minMillis < FRAME_MILLIS || maxMillis < minMillis) {
                throw new IllegalArgumentException(
                        "span: " + minMillis + " to " + maxMillis + " ms (expected: at least 20, the greater last)");
            }
        }

        int minFrames() {
            return minMillis / FRAME_MILLIS;
        }

        int maxFrames() {
            return maxMillis / FRAME_MILLIS;
        }
    }
}
