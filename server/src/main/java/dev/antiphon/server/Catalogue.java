package dev.antiphon.server;

import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.rest.account.ModelNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The models of a configuration, under the names that clients may give them.
 *
 * <p>Threading: immutable.
 */
final class Catalogue implements ModelNames {
    private static final long NOBODY_KNOWS = 0;

    private final List<Model> models;

    Catalogue(Routing routing) {
        List<Model> found = new ArrayList<>();
        new TreeMap<>(routing.models())
                .forEach((name, route) -> found.add(new Model(name, ownerOf(route), NOBODY_KNOWS)));
        if (routing.otherwise() != null) addOthers(routing, routing.otherwise(), found);
        models = List.copyOf(found);
    }

    @Override
    public List<Model> models() {
        return models;
    }

    /** Who answers to any name is listed under the one it has itself. */
    private static void addOthers(Routing routing, ModelRoute otherwise, List<Model> found) {
        ModelRoute.Target first = firstOf(otherwise);
        for (Upstream upstream : routing.upstreams()) {
            if (!upstream.name().equals(first.upstream())) continue;
            String model = first.model() == null ? upstream.model() : first.model();
            if (model != null) found.add(new Model(model, upstream.name(), NOBODY_KNOWS));
            else if (upstream.server() instanceof Upstream.Server.Embedded) found.addAll(EMBEDDED.models());
        }
    }

    private static String ownerOf(ModelRoute route) {
        return firstOf(route).upstream();
    }

    /** The models that are asked of each provider, as it names them. */
    static Map<String, Set<String>> askedOf(Routing routing) {
        Map<String, String> ownModels = new HashMap<>();
        Map<String, Set<String>> asked = new HashMap<>();
        for (Upstream upstream : routing.upstreams()) {
            if (!(upstream.server() instanceof Upstream.Server.Remote)) continue;
            asked.put(upstream.name(), new TreeSet<>());
            if (upstream.model() != null) ownModels.put(upstream.name(), upstream.model());
        }
        List<ModelRoute> routes = new ArrayList<>(routing.models().values());
        if (routing.otherwise() != null) routes.add(routing.otherwise());
        for (ModelRoute route : routes) {
            for (ModelRoute.Target target : targetsOf(route)) {
                String model = target.model() == null ? ownModels.get(target.upstream()) : target.model();
                Set<String> ofServer = asked.get(target.upstream());
                if (model != null && ofServer != null) ofServer.add(model);
            }
        }
        return asked;
    }

    private static List<ModelRoute.Target> targetsOf(ModelRoute route) {
        List<ModelRoute.Target> targets = new ArrayList<>();
        if (route instanceof ModelRoute.Cascade cascade) {
            targets.addAll(List.of(
                    cascade.transcription(), cascade.chat(), cascade.speaker().target()));
        } else if (route instanceof ModelRoute.Audio audio) {
            audio.ranks().forEach(targets::addAll);
            if (audio.speaker() != null) targets.add(audio.speaker().target());
        }
        return targets;
    }

    /** The one that answers. */
    static ModelRoute.Target firstOf(ModelRoute route) {
        if (route instanceof ModelRoute.Cascade cascade) return cascade.chat();
        return ((ModelRoute.Audio) route).ranks().get(0).get(0);
    }
}
