package dev.antiphon.server.overload;

/**
 * Whether anybody may come in: closed once a measure exceeds the most that is allowed, open again below a lower one, so
 * that it does not swing with every guest.
 *
 * <p>Threading: confined to the event loop.
 */
final class Door {
    private final double most;
    private final double opensBelow;
    private boolean isOpen = true;

    /** @param most 0: it never closes */
    Door(double most, double opensBelow) {
        this.most = most;
        this.opensBelow = opensBelow;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** @return whether it is open now */
    boolean onMeasured(double measure) {
        if (most > 0) isOpen = isOpen ? measure <= most : measure < opensBelow;
        return isOpen;
    }
}
