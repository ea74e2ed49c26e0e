package dev.antiphon.server.routing;

import dev.antiphon.cascade.CascadeCosts;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.server.upstream.UpstreamClient;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ModelsRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * All model servers as one: a client's model name is answered by whichever of them it is routed to.
 *
 * <p>Threading: thread-safe; what the methods of {@link Models} return is confined to the loop it was asked for.
 */
public final class Upstreams implements Models, AutoCloseable {
    private final List<UpstreamClient> clients;
    private final Map<String, Line> lines;
    private final RoutedModels routed;

    /** What a breaker says of a server. */
    public enum Health {
        /** Asked as usual. */
        UP,
        /** Not asked. */
        DOWN,
        /** Asked once, to see. */
        PROBED
    }

    /**
     * Opens nothing yet.
     *
     * @param loops NIO loops; sessions may run on these and no others
     * @param settings how to reach each server
     * @param cascades makes one model of several
     * @throws IllegalArgumentException a server's certificates cannot be used, or a route names no server
     */
    public static Upstreams of(
            EventLoopGroup loops,
            Routing routing,
            Function<Upstream, UpstreamSettings> settings,
            CascadeEngine cascades,
            NanoClock clock) {
        List<UpstreamClient> clients = new ArrayList<>();
        Map<String, Line> lines = new LinkedHashMap<>();
        try {
            for (Upstream upstream : routing.upstreams()) {
                UpstreamClient client = new UpstreamClient(loops, settings.apply(upstream), clock);
                clients.add(client);
                lines.put(upstream.name(), new Line(upstream, client));
            }
            return new Upstreams(routing, lines, clients, cascades, clock, new Random());
        } catch (RuntimeException e) {
            clients.forEach(UpstreamClient::close);
            throw e;
        }
    }

    /** @param clients closed with this */
    Upstreams(
            Routing routing,
            Map<String, Line> lines,
            List<UpstreamClient> clients,
            CascadeEngine cascades,
            NanoClock clock,
            Random seeds) {
        this.lines = lines;
        this.clients = List.copyOf(clients);
        routed = new RoutedModels(RouteTable.of(routing, lines), clock, seeds, cascades);
    }

    /** Opens the warm connections, in the background. */
    public void open() {
        clients.forEach(UpstreamClient::open);
    }

    /**
     * Asks servers, in the background, which of their models will soon be shut down.
     *
     * @param models that are asked of each, as it names them, by the names of the servers
     * @param warnings told a line for each such model, on {@code loop}
     */
    public void announceShutdowns(
            EventLoop loop, Map<String, Set<String>> models, LocalDate today, Consumer<String> warnings) {
        models.forEach((name, asked) -> {
            Line line = lines.get(name);
            if (line == null) return;
            ShutdownNotice notice = new ShutdownNotice(name, asked, today, warnings);
            loop.execute(() -> line.models().bodiesOn(loop).start(ModelsRequest.INSTANCE, notice));
        });
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable) {
        return routed.callsOn(loop, onReadable);
    }

    @Override
    public UpstreamCalls callsOn(EventLoop loop, Consumer<ReplyInlet> onReadable, CascadeCosts costs) {
        return routed.callsOn(loop, onReadable, costs);
    }

    @Override
    public TranscriptionCalls transcriptionsOn(EventLoop loop) {
        return routed.transcriptionsOn(loop);
    }

    @Override
    public BodyCalls bodiesOn(EventLoop loop) {
        return routed.bodiesOn(loop);
    }

    /** Of each server, by its name, in the order of the configuration. */
    public Map<String, Health> health() {
        Map<String, Health> health = new LinkedHashMap<>();
        lines.forEach((name, line) -> health.put(
                name,
                switch (line.breaker().state()) {
                    case CLOSED -> Health.UP;
                    case OPEN -> Health.DOWN;
                    case HALF_OPEN -> Health.PROBED;
                }));
        return health;
    }

    /** Closes what is idle; calls under way go on to their end. To be closed before the loops. */
    @Override
    public void close() {
        clients.forEach(UpstreamClient::close);
    }
}
