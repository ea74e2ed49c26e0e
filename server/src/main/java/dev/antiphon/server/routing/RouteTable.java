package dev.antiphon.server.routing;

import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.ModelRoute.Audio;
import dev.antiphon.server.config.ModelRoute.Cascade;
import dev.antiphon.server.config.ModelRoute.Speaker;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.config.Routing;
import dev.antiphon.upstream.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who answers for which model of the clients.
 *
 * <p>Threading: immutable.
 */
final class RouteTable {
    /** What is behind a name. */
    sealed interface Entry {
        /** @param speaker for what it writes where it was to speak; null: nobody */
        record Direct(Route route, @Nullable Speaking speaker) implements Entry {}

        record InStages(Route transcription, Route chat, Speaking speaker) implements Entry {}
    }

    /**
     * Who speaks a text.
     *
     * @param voice null: the session's
     */
    record Speaking(Route route, @Nullable String voice) {}

    private final Map<String, Entry> named = new HashMap<>();
    private final @Nullable Entry otherwise; // null: no other model is known
    private final Route passedThrough;

    private RouteTable(@Nullable Entry otherwise, Route passedThrough) {
        this.otherwise = otherwise;
        this.passedThrough = passedThrough;
    }

    /** @param lines by the names of the upstreams */
    static RouteTable of(Routing routing, Map<String, Line> lines) {
        Entry otherwise = routing.otherwise() == null ? null : entry(routing.otherwise(), lines);
        RouteTable table = new RouteTable(otherwise, passedThrough(routing, otherwise, lines));
        routing.models().forEach((name, route) -> table.named.put(name, entry(route, lines)));
        return table;
    }

    /** One route for whatever is asked. */
    static RouteTable always(Route route) {
        return new RouteTable(new Entry.Direct(route, null), route);
    }

    /** Null: the model is not known. */
    @Nullable
    Entry chat(String model) {
        Entry found = named.get(model);
        return found == null ? otherwise : found;
    }

    /** Whether the name has a route of its own. */
    boolean isNamed(String model) {
        return named.containsKey(model);
    }

    /**
     * What is no chat keeps its model's name unless it is mapped, for a model that speaks cannot transcribe, nor the
     * other way round.
     */
    Route other(String model) {
        return named.get(model) instanceof Entry.Direct direct ? direct.route() : passedThrough;
    }

    /** Null: there is none, or none that answers in one piece. */
    @Nullable
    Route body(Endpoint endpoint, String model) {
        if (endpoint != Endpoint.CHAT) return other(model);
        return chat(model) instanceof Entry.Direct direct ? direct.route() : null;
    }

    private static Entry entry(ModelRoute route, Map<String, Line> lines) {
        if (route instanceof Cascade cascade) {
            return new Entry.InStages(
                    to(cascade.transcription(), lines), to(cascade.chat(), lines), speaking(cascade.speaker(), lines));
        }
        Audio audio = (Audio) route;
        Route asked = new Route(audio.ranks().stream()
                .map(rank ->
                        rank.stream().map(target -> destination(target, lines)).toList())
                .toList());
        return new Entry.Direct(asked, audio.speaker() == null ? null : speaking(audio.speaker(), lines));
    }

    private static Speaking speaking(Speaker speaker, Map<String, Line> lines) {
        return new Speaking(to(speaker.target(), lines), speaker.voice());
    }

    private static Route to(Target target, Map<String, Line> lines) {
        return new Route(List.of(List.of(destination(target, lines))));
    }

    private static Destination destination(Target target, Map<String, Line> lines) {
        Line line = lines.get(target.upstream());
        if (line == null) {
            throw new IllegalArgumentException(
                    "upstream: " + target.upstream() + " (expected: one of " + String.join(", ", lines.keySet()) + ")");
        }
        return new Destination(line, target.model() == null ? line.upstream().model() : target.model());
    }

    /** The servers of the default route, or else the first of all. */
    private static Route passedThrough(Routing routing, @Nullable Entry otherwise, Map<String, Line> lines) {
        if (otherwise instanceof Entry.Direct direct) {
            return new Route(direct.route().ranks().stream()
                    .map(rank -> rank.stream()
                            .map(each -> new Destination(each.line(), null))
                            .toList())
                    .toList());
        }
        String first = routing.upstreams().get(0).name();
        Line line = lines.get(first);
        if (line == null) throw new IllegalArgumentException("upstream: " + first + " (expected: a line to it)");
        return new Route(List.of(List.of(new Destination(line, null))));
    }
}
