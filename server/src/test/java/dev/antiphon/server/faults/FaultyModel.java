package dev.antiphon.server.faults;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.session.TurnObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A twin that fails as it is told, and gateways before it whose patience is short enough for a test.
 *
 * <p>Threading: thread-safe once made.
 */
final class FaultyModel implements AutoCloseable {
    /** Of the provider; no client may ever see a part of it. */
    static final String KEY = "sk-proj-Zq81vLm4Xw7TtY0aPn5B";
    /** Long enough for a busy machine to answer a good request. */
    static final int PATIENCE_MILLIS = 1_500;

    private static final String USUAL = "usual";
    private static final String HURRIED = "hurried";
    private static final String PATIENT = "patient";

    private final Twin twin =
            Twin.start(TwinSettings.defaults().withPace(0, 1_000).withApiKey(KEY));
    private final List<Gateway> gateways = new CopyOnWriteArrayList<>();
    private final Pooling pooling;
    private final int patienceMillis;
    private final boolean isShared;
    private final Map<String, Gateway> shared = new ConcurrentHashMap<>(); // by kind of patience

    /** A gateway for each test: what one fault does to its server's reputation must not show in the next. */
    FaultyModel() {
        this(PATIENCE_MILLIS, Pooling.DEFAULT, false);
    }

    FaultyModel(Pooling pooling) {
        this(PATIENCE_MILLIS, pooling, false);
    }

    /** A few gateways for as many faults as may come: none of them ever gives its server up. */
    static FaultyModel ofMany(int patienceMillis, Pooling pooling) {
        return new FaultyModel(patienceMillis, pooling, true);
    }

    private FaultyModel(int patienceMillis, Pooling pooling, boolean isShared) {
        this.patienceMillis = patienceMillis;
        this.pooling = pooling;
        this.isShared = isShared;
        for (String kind : isShared ? List.of(USUAL, HURRIED, PATIENT) : List.<String>of())
            shared.put(kind, newGateway(kind));
    }

    private Gateway gateway(String kind) {
        Gateway known = shared.get(kind);
        return known == null ? newGateway(kind) : known;
    }

    private Gateway newGateway(String kind) {
        Deadlines usual = new Deadlines(1_000, patienceMillis, patienceMillis, patienceMillis);
        Upstream upstream = new Upstream(
                "faulty",
                new Upstream.Server.Remote(
                        settings(twin.baseUrl().toString(), kind.equals(PATIENT) ? Deadlines.DEFAULT : usual, pooling)),
                null,
                1,
                kind.equals(HURRIED) ? patienceMillis : Upstream.DEFAULT_FIRST_AUDIO_MILLIS,
                isShared ? 0 : Upstream.DEFAULT_BREAKER_FAILURES);
        Gateway gateway = Gateway.start(
                GatewayConfig.embedded().withModel(new GatewayConfig.Model.Routed(Routing.to(upstream))),
                TurnObserver.NONE);
        gateways.add(gateway);
        return gateway;
    }

    private static UpstreamSettings settings(String baseUrl, Deadlines deadlines, Pooling pooling) {
        return UpstreamSettings.of(UpstreamEndpoint.openAi(baseUrl, new Credentials.Bearer(Secret.of(KEY))))
                .withDeadlines(deadlines)
                .withPooling(pooling);
    }

    /** Before any server, with the key that no client may see. */
    static Gateway gatewayBefore(String baseUrl, Deadlines deadlines, SessionLimits limits, Pooling pooling) {
        UpstreamSettings upstream = settings(baseUrl, deadlines, pooling);
        return Gateway.start(
                GatewayConfig.embedded()
                        .withModel(new GatewayConfig.Model.Provider("openai", upstream, null))
                        .withLimits(limits),
                TurnObserver.NONE);
    }

    /** A gateway whose patience fits the fault. */
    Gateway gatewayFor(FaultRow row) {
        return switch (row.name()) {
            case "keepalive-only", "silent-audio" -> gateway(HURRIED); // no sound is what is wrong
            case "slow" -> gateway(PATIENT);
            default -> gateway(USUAL);
        };
    }

    /** Has time for a twin that has not spoken yet. */
    Gateway patient() {
        return gateway(PATIENT);
    }

    List<Gateway> gateways() {
        return gateways;
    }

    Twin twin() {
        return twin;
    }

    @Override
    public void close() {
        gateways.forEach(Gateway::close);
        twin.close();
    }
}
