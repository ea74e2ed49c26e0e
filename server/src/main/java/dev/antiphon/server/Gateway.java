package dev.antiphon.server;

import dev.antiphon.server.auth.ClientKeys;
import dev.antiphon.server.auth.EphemeralKeys;
import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.LoopSettings;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.media.SpokenFiles;
import dev.antiphon.server.overload.LagReport;
import dev.antiphon.server.overload.LoopAdmission;
import dev.antiphon.server.overload.LoopWatches;
import dev.antiphon.server.rest.ClientSecrets;
import dev.antiphon.server.rest.RestLimits;
import dev.antiphon.server.rest.RestRoutes;
import dev.antiphon.server.rest.account.AccountRoutes;
import dev.antiphon.server.rest.audio.AudioRoutes;
import dev.antiphon.server.rest.chat.ChatCompletions;
import dev.antiphon.server.rest.sound.SoundCoders;
import dev.antiphon.server.routing.StagedEngine;
import dev.antiphon.server.routing.Upstreams;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.time.NanoClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running voice gateway: what the process starts, and what a program embeds.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.start(GatewayConfig.embedded(), TurnObserver.NONE)) {
 *     URI url = gateway.realtimeUrl();  // ws://127.0.0.1:PORT/v1/realtime
 * }
 * }</pre>
 *
 * <p>Threading: thread-safe.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private static final int ACCEPT_BACKLOG = 1_024;
    /** For the last frames and the Close of each session. */
    private static final long FAREWELL_SECONDS = 2;

    private static final long LOOPS_CLOSE_SECONDS = 5;

    private final GatewayConfig config;
    private final Map<String, Twin> twins = new HashMap<>(); // by the names of the upstreams they are
    private final LoopWatches watches;
    private final EventLoopGroup loops;
    private final ChannelGroup clients;
    private final Upstreams upstreams;
    private final SpokenFiles files = new SpokenFiles(SpokenFiles.Limits.DEFAULT);
    private final SoundCoders coders = new SoundCoders();
    private final Channel listener;

    /**
     * Listens, and returns when it does.
     *
     * @param observer told of each turn, on the turn's event loop; must not block
     * @throws UncheckedIOException the address cannot be listened on
     * @throws IllegalArgumentException the provider's certificates cannot be used
     */
    public static Gateway start(GatewayConfig config, TurnObserver observer) {
        return new Gateway(config, observer);
    }

    private Gateway(GatewayConfig config, TurnObserver observer) {
        this.config = config;
        LoopSettings settings = config.listen().loops();
        watches = new LoopWatches(settings.limits(), NanoClock.SYSTEM);
        loops = new MultiThreadIoEventLoopGroup(
                settings.threads(),
                new ThreadPerTaskExecutor(new DefaultThreadFactory("gateway-loop")),
                watches,
                settings.transport().newHandlers());
        clients = new DefaultChannelGroup(loops.next(), true);
        Routing routing = config.model().routing();
        upstreams = Upstreams.of(loops, routing, this::settingsOf, new StagedEngine(), NanoClock.SYSTEM);
        upstreams.open();
        UsageBook usage = new UsageBook(
                PriceList.of(config.prices(), routing),
                Clock.systemUTC().instant().getEpochSecond());
        ChatCompletions completions =
                new ChatCompletions(upstreams, files, coders, new CompletionCosts(usage), Clock.systemUTC());
        EphemeralKeys ephemeralKeys = new EphemeralKeys(NanoClock.SYSTEM, Clock.systemUTC());
        Admission admission = new LoopAdmission(
                new ClientKeys(config.access().apiKeys(), config.access().origins(), ephemeralKeys), watches);
        Sessions sessions = new Sessions(upstreams, config, observer, usage, NanoClock.SYSTEM);
        RestRoutes rest = new RestRoutes(
                admission,
                RestLimits.DEFAULT,
                List.of(
                        new ClientSecrets(ephemeralKeys, Sessions.DEFAULTS).routes(),
                        completions.routes(),
                        new AudioRoutes(upstreams, files, coders, usage).routes(),
                        new AccountRoutes(new Catalogue(routing), usage).routes()));
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channelFactory(settings.transport()::newServerChannel)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .handler(new Listener())
                .childHandler(new Arrival(new ClientChannelInitializer(
                        ClientLimits.DEFAULT, admission, sessions, rest, NanoClock.SYSTEM)))
                .bind(config.listen().at().address())
                .awaitUninterruptibly();
        listener = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new UncheckedIOException(new IOException("cannot listen on "
                    + config.listen().at() + ": " + bound.cause().getMessage()));
        }
        LOG.debug("listening on {}", address());
    }

    private UpstreamSettings settingsOf(Upstream upstream) {
        if (upstream.server() instanceof Upstream.Server.Remote remote) return remote.settings();
        Twin twin = Twin.start(((Upstream.Server.Embedded) upstream.server()).settings());
        twins.put(upstream.name(), twin);
        return UpstreamSettings.of(UpstreamEndpoint.openAi(twin.baseUrl().toString(), Credentials.NONE));
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** The address of the Realtime protocol. */
    public URI realtimeUrl() {
        String host = address().getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address().getAddress().getHostAddress();
        String literal = host.indexOf(':') < 0 ? host : '[' + host + ']';
        return URI.create("ws://" + literal + ":" + address().getPort() + "/v1/realtime");
    }

    /** In one line: the address, who answers, whether keys are needed, what the sockets are driven by. */
    public String description() {
        String answering = Routes.describe(config.model());
        String keys = config.access().apiKeys().isEmpty() ? "no client key needed" : "client key needed";
        String transport = config.listen().loops().transport().name().toLowerCase(Locale.ROOT);
        return "antiphon: Realtime at " + realtimeUrl() + ", answered by " + answering + ", " + keys + ", over "
                + transport;
    }

    /** How late the event loops have been while clients lived on them. */
    public LagReport loopLag() {
        return watches.report();
    }

    /** How late the moments of the loops' schedules were, in nanoseconds, since this or {@link #loopLag} was last asked. */
    public Histogram takeLoopLateness() {
        return watches.takeLateness();
    }

    /**
     * Asks the providers, in the background, which of the configured models will soon be shut down.
     *
     * @param warnings told a line for each, on an event loop
     */
    public void announceShutdowns(Consumer<String> warnings) {
        Map<String, Set<String>> models = Catalogue.askedOf(config.model().routing());
        upstreams.announceShutdowns(loops.next(), models, LocalDate.now(Clock.systemUTC()), warnings);
    }

    /** Ends each session with a Close of 1001, breaks off what the model is saying, and returns when no thread is left. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        for (Channel client : clients) client.pipeline().fireUserEventTriggered(CloseReason.GOING_AWAY);
        clients.newCloseFuture().awaitUninterruptibly(FAREWELL_SECONDS, TimeUnit.SECONDS);
        clients.close().awaitUninterruptibly();
        upstreams.close();
        coders.close();
        files.close();
        loops.shutdownGracefully(0, LOOPS_CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
        twins.values().forEach(Twin::close);
    }

    /** Watches the loop that a client has come to, then makes its pipeline. */
    @Sharable
    private final class Arrival extends ChannelInitializer<Channel> {
        private final ClientChannelInitializer pipeline;

        Arrival(ClientChannelInitializer pipeline) {
            this.pipeline = pipeline;
        }

        @Override
        protected void initChannel(Channel client) {
            watches.watch(client);
            client.pipeline().addLast(pipeline);
        }
    }

    /** Knows every client connection, so that they can be ended. */
    @Sharable
    private final class Listener extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object accepted) {
            clients.add((Channel) accepted);
            ctx.fireChannelRead(accepted);
        }
    }
}
