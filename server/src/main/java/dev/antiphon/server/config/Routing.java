package dev.antiphon.server.config;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All servers, and which of them answers for which model.
 *
 * <p>Threading: immutable.
 *
 * @param upstreams at least one, each with a name of its own
 * @param models by the clients' names
 * @param otherwise for every other name; null: no other name is known
 */
public record Routing(
        List<Upstream> upstreams,
        Map<String, ModelRoute> models,
        @Nullable ModelRoute otherwise) {

    public Routing {
        upstreams = List.copyOf(upstreams);
        models = Map.copyOf(models);
        Set<String> names = new HashSet<>();
        for (Upstream upstream : upstreams) {
            if (!names.add(upstream.name())) {
                throw new IllegalArgumentException("upstreams: two named " + upstream.name() + " (expected: one)");
            }
        }
        if (upstreams.isEmpty()) throw new IllegalArgumentException("upstreams: none (expected: at least one)");
    }

    /** One server for everything. */
    public static Routing to(Upstream upstream) {
        return new Routing(
                List.of(upstream), Map.of(), ModelRoute.Audio.to(new ModelRoute.Target(upstream.name(), null)));
    }
}
