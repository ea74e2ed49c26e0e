package dev.antiphon.conversation;

/** How far an item has come. */
public enum ItemStatus {
    IN_PROGRESS,
    COMPLETED,
    /** Cut short: by an interruption, a fault, a limit. */
    INCOMPLETE
}
