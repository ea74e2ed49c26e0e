package dev.antiphon.turn;

/** How soon {@code semantic_vad} takes a pause for the end of a turn. */
public enum Eagerness {
    /** Waits up to 8 s where the speaker seems to go on. */
    LOW(8_000),
    /** Up to 4 s; what {@code auto} means. */
    MEDIUM(4_000),
    /** Up to 2 s. */
    HIGH(2_000);

    private final int longestSilenceMillis;

    Eagerness(int longestSilenceMillis) {
        this.longestSilenceMillis = longestSilenceMillis;
    }

    /** No turn waits longer for speech to go on. */
    public int longestSilenceMillis() {
        return longestSilenceMillis;
    }
}
