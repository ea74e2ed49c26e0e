package dev.antiphon.server.overload;

/**
 * Whether anybody may come in: closed once the lag exceeds the most that is allowed, open again below half of it, so that
 * it does not swing with every guest.
 *
 * <p>Threading: confined to the event loop.
 */
final class Door {
    private final long maxLagNanos;
    private boolean isOpen = true;

    /** @param maxLagNanos 0: it never closes */
    Door(long maxLagNanos) {
        this.maxLagNanos = maxLagNanos;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** @return whether it is open now */
    boolean onLag(long lagNanos) {
        if (maxLagNanos > 0) isOpen = isOpen ? lagNanos <= maxLagNanos : lagNanos < maxLagNanos / 2;
        return isOpen;
    }
}
