package dev.antiphon.turn;

/** How soon {@code semantic_vad} takes a pause for the end of a turn. */
public enum Eagerness {
    /** Waits up to 8 s where the speaker seems to go on. */
    LOW,
    /** Up to 4 s; what {@code auto} means. */
    MEDIUM,
    /** Up to 2 s. */
    HIGH
}
