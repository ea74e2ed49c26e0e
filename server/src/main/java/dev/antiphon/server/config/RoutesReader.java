package dev.antiphon.server.config;

import dev.antiphon.server.config.ModelRoute.Audio;
import dev.antiphon.server.config.ModelRoute.Cascade;
import dev.antiphon.server.config.ModelRoute.Speaker;
import dev.antiphon.server.config.ModelRoute.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code models}: who answers for which model of the clients.
 *
 * <p>Threading: confined to its caller.
 */
final class RoutesReader {
    /** Every other name. */
    private static final String ANY = "*";

    private final List<Upstream> upstreams;
    private final Set<String> names = new TreeSet<>();

    RoutesReader(List<Upstream> upstreams) {
        this.upstreams = upstreams;
        for (Upstream upstream : upstreams) names.add(upstream.name());
    }

    /** @param section null: every model is asked at the first server, and at the others in their order when it fails */
    Routing read(@Nullable Object section) {
        if (section == null) {
            List<List<Target>> ranks = upstreams.stream()
                    .map(upstream -> List.of(new Target(upstream.name(), null)))
                    .toList();
            return new Routing(upstreams, Map.of(), new Audio(ranks));
        }
        Fields named = Fields.of("models", section);
        Map<String, ModelRoute> models = new LinkedHashMap<>();
        for (String name : named.names()) {
            Fields fields = Objects.requireNonNull(named.nested(name)); // names without a value are not in the file
            models.put(name, route(fields));
            fields.refuseUnknown();
        }
        ModelRoute otherwise = models.remove(ANY);
        return new Routing(upstreams, models, otherwise);
    }

    private ModelRoute route(Fields fields) {
        String engine = fields.text("engine", "audio");
        return switch (engine) {
            case "audio" -> audio(fields);
            case "cascade" -> cascade(fields);
            default -> throw new ConfigFault(fields.placeOf("engine"), engine, "audio or cascade");
        };
    }

    private Audio audio(Fields fields) {
        String model = fields.text("model");
        List<List<Target>> ranks = new ArrayList<>();
        List<Fields.Item> first = fields.items("upstream");
        if (first.isEmpty()) throw new ConfigFault(fields.placeOf("upstream"), "not set", oneOfThem());
        ranks.add(first.stream().map(item -> target(item, model)).toList());
        for (Fields.Item item : fields.items("fallback")) ranks.add(List.of(target(item, null)));
        return new Audio(ranks, fields.has("speech") ? speaker(fields) : null);
    }

    private Cascade cascade(Fields fields) {
        return new Cascade(
                stageTarget(stage(fields, "transcription")), stageTarget(stage(fields, "chat")), speaker(fields));
    }

    private Speaker speaker(Fields fields) {
        Fields speech = stage(fields, "speech");
        String voice = speech.text("voice");
        return new Speaker(stageTarget(speech), voice);
    }

    /** The model of the server itself is one that answers, not one that writes down or speaks. */
    private Target stageTarget(Fields stage) {
        Target target = target(stage, null);
        if (target.model() == null) {
            throw new ConfigFault(stage.placeOf("model"), "not set", "the model of this stage");
        }
        return target;
    }

    private static Fields stage(Fields fields, String name) {
        Fields stage = fields.nested(name);
        if (stage == null) throw new ConfigFault(fields.placeOf(name), "not set", "upstream and model of this stage");
        return stage;
    }

    /** A server's name alone, or with a model of its own. */
    private Target target(Fields.Item item, @Nullable String model) {
        if (item.value() instanceof Map) return target(Fields.of(item.place(), item.value()), model);
        return new Target(known(item.place(), String.valueOf(item.value())), model);
    }

    private Target target(Fields fields, @Nullable String otherwise) {
        String upstream = known(fields.placeOf("upstream"), fields.required("upstream", oneOfThem()));
        String model = fields.text("model");
        fields.refuseUnknown();
        return new Target(upstream, model == null ? otherwise : model);
    }

    private String known(String place, String upstream) {
        if (names.contains(upstream)) return upstream;
        throw new ConfigFault(place, upstream, oneOfThem());
    }

    private String oneOfThem() {
        return "one of " + String.join(", ", names);
    }
}
