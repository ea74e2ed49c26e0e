package dev.antiphon.server;

import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.usage.PriceTable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prices under the names that clients use, from those under the names that providers use. */
final class PriceList {
    private PriceList() {}

    /** A client's name that has no price of its own has that of the model which answers for it first. */
    static PriceTable of(PriceTable prices, Routing routing) {
        Map<String, PriceTable.Price> named = new HashMap<>(prices.byModel());
        routing.models().forEach((name, route) -> {
            PriceTable.Price price = prices.of(modelOf(routing, route, name));
            if (price != null) named.putIfAbsent(name, price);
        });
        ModelRoute otherwise = routing.otherwise();
        PriceTable.Price other = otherwise == null ? null : prices.of(modelOf(routing, otherwise, ""));
        return new PriceTable(prices.currency(), named, other);
    }

    private static String modelOf(Routing routing, ModelRoute route, String name) {
        ModelRoute.Target target = Catalogue.firstOf(route);
        String model = target.model() == null ? ownModelOf(routing, target.upstream()) : target.model();
        return model == null ? name : model;
    }

    private static @Nullable String ownModelOf(Routing routing, String upstreamName) {
        for (Upstream upstream : routing.upstreams()) {
            if (upstream.name().equals(upstreamName)) return upstream.model();
        }
        return null;
    }
}
