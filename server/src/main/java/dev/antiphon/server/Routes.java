package dev.antiphon.server;

import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.ModelRoute.Audio;
import dev.antiphon.server.config.ModelRoute.Cascade;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.config.Routing;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Who answers, in words for the start-up line.
 *
 * <p>Threading: stateless.
 */
final class Routes {
    private Routes() {}

    static String describe(Model model) {
        if (model instanceof Model.Embedded) return "the embedded model (no key was given)";
        if (model instanceof Model.Provider provider) {
            return provider.dialect() + " at "
                    + provider.upstream().endpoint().server().host()
                    + (provider.model() == null ? "" : ", model " + provider.model());
        }
        return describe(model.routing());
    }

    private static String describe(Routing routing) {
        StringJoiner routes = new StringJoiner("; ");
        new TreeMap<>(routing.models()).forEach((name, route) -> routes.add(name + " by " + describe(route)));
        if (routing.otherwise() != null) {
            String others = routing.models().isEmpty() ? "" : "any other model by ";
            routes.add(others + describe(routing.otherwise()));
        }
        return routes.toString();
    }

    private static String describe(ModelRoute route) {
        if (route instanceof Cascade cascade) {
            return describe(cascade.transcription()) + " -> " + describe(cascade.chat()) + " -> "
                    + describe(cascade.speaker().target());
        }
        List<List<Target>> ranks = ((Audio) route).ranks();
        return ranks.stream()
                .map(rank -> rank.stream().map(Routes::describe).collect(Collectors.joining(" or ")))
                .collect(Collectors.joining(", then "));
    }

    private static String describe(Target target) {
        return target.model() == null ? target.upstream() : target.upstream() + " (" + target.model() + ")";
    }
}
