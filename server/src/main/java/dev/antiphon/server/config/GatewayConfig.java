package dev.antiphon.server.config;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.usage.PriceTable;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything an operator decides, checked.
 *
 * <p>Threading: immutable.
 */
public record GatewayConfig(
        Listen listen, Access access, Model model, SessionLimits limits, MemorySettings memory, PriceTable prices) {

    /**
     * Who may connect.
     *
     * @param apiKeys client keys; empty: nobody needs one
     * @param origins browser origins that may connect; empty: only pages of the gateway's own origin
     */
    public record Access(List<Secret> apiKeys, Set<String> origins) {
        public static final Access OPEN = new Access(List.of(), Set.of());

        public Access {
            apiKeys = List.copyOf(apiKeys);
            origins = Set.copyOf(origins);
        }
    }

    /** Who answers. */
    public sealed interface Model {
        /** The same as servers and routes. */
        Routing routing();

        /** The embedded model. */
        record Embedded(TwinSettings settings) implements Model {
            private static final String NAME = "embedded";

            @Override
            public Routing routing() {
                return Routing.to(Upstream.of(NAME, new Upstream.Server.Embedded(settings), null));
            }
        }

        /**
         * A provider.
         *
         * @param dialect named in the start-up line
         * @param model the provider's name of the model; null: as the client names it
         */
        record Provider(
                String dialect,
                UpstreamSettings upstream,
                @Nullable String model) implements Model {
            @Override
            public Routing routing() {
                return Routing.to(Upstream.of(dialect, new Upstream.Server.Remote(upstream), model));
            }
        }

        /** Several servers. */
        record Routed(Routing routing) implements Model {}
    }

    /** The embedded model on a free port of loopback, open to everyone on this machine. */
    public static GatewayConfig embedded() {
        return new GatewayConfig(
                new Listen(new HostPort("127.0.0.1", 0), LoopSettings.usual()),
                Access.OPEN,
                new Model.Embedded(TwinSettings.defaults()),
                SessionLimits.DEFAULT,
                MemorySettings.DEFAULT,
                PriceTable.NONE);
    }

    public GatewayConfig withModel(Model newModel) {
        return new GatewayConfig(listen, access, newModel, limits, memory, prices);
    }

    public GatewayConfig withAccess(Access newAccess) {
        return new GatewayConfig(listen, newAccess, model, limits, memory, prices);
    }

    public GatewayConfig withLoops(LoopSettings newLoops) {
        return new GatewayConfig(new Listen(listen.at(), newLoops), access, model, limits, memory, prices);
    }

    public GatewayConfig withLimits(SessionLimits newLimits) {
        return new GatewayConfig(listen, access, model, newLimits, memory, prices);
    }
}
