package dev.antiphon.server.overload;

/**
 * When an event loop takes nobody new.
 *
 * <p>Threading: immutable.
 *
 * @param maxLagNanos how late it may be, in the mean of about a second; 0: as late as it likes
 * @param maxLoad what share of its time it may work for sessions, with those who have yet to speak; 0: any
 * @param fewClients with so many, the new one among them, it takes everybody: it is not they who make it late, but a cold
 *     JVM or the machine's other work, and turning the next one away would help nobody
 */
public record OverloadLimits(long maxLagNanos, double maxLoad, int fewClients) {
    public static final int FEW_CLIENTS = 16;

    public OverloadLimits {
        if (maxLagNanos < 0) throw new IllegalArgumentException("maxLagNanos: " + maxLagNanos + " (expected: >= 0)");
        if (!(maxLoad >= 0)) throw new IllegalArgumentException("maxLoad: " + maxLoad + " (expected: >= 0)");
        if (fewClients < 0) throw new IllegalArgumentException("fewClients: " + fewClients + " (expected: >= 0)");
    }
}
