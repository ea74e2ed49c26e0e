package dev.antiphon.server.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What one session has drawn of a route. It keeps to it while it works, because audio ids belong to one account; what
 * has failed it is asked last for a while, so that a server that hangs does not cost every turn its deadline.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Picks {
    private static final long AVOIDED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final List<Destination> drawn;
    private final Map<Destination, Long> failedNanos = new HashMap<>();

    /** @param drawn not empty */
    Picks(List<Destination> drawn) {
        this.drawn = List.copyOf(drawn);
    }

    /** Where a session asks while nothing has failed. */
    Line home() {
        return drawn.get(0).line();
    }

    /** All destinations in the order in which to ask them. */
    List<Destination> order(long nowNanos) {
        if (failedNanos.isEmpty()) return drawn;
        failedNanos.values().removeIf(at -> nowNanos - at > AVOIDED_NANOS);
        List<Destination> order = new ArrayList<>(drawn);
        order.removeAll(failedNanos.keySet());
        for (Destination each : drawn) if (failedNanos.containsKey(each)) order.add(each);
        return order;
    }

    void onFailed(Destination destination, long nowNanos) {
        failedNanos.put(destination, nowNanos);
    }

    void onAnswered(Destination destination) {
        failedNanos.remove(destination);
    }
}
