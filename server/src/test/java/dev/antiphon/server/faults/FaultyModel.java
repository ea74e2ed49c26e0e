package dev.antiphon.server.faults;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.session.TurnObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

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

    private final Twin twin =
            Twin.start(TwinSettings.defaults().withPace(0, 1_000).withApiKey(KEY));
    private final List<Gateway> gateways = new ArrayList<>();
    private final Pooling pooling;
    private final Gateway usual;
    private final Gateway hurried;
    private final Gateway patient;

    FaultyModel() {
        this(PATIENCE_MILLIS, Pooling.DEFAULT);
    }

    /** @param patienceMillis for each step of an answer, and for a turn that only its own deadline ends */
    FaultyModel(int patienceMillis, Pooling pooling) {
        this.pooling = pooling;
        String baseUrl = twin.baseUrl().toString();
        Deadlines deadlines = new Deadlines(1_000, patienceMillis, patienceMillis, patienceMillis);
        usual = gateway(baseUrl, deadlines, SessionLimits.DEFAULT);
        SessionLimits limits = SessionLimits.DEFAULT;
        hurried = gateway(
                baseUrl,
                deadlines,
                new SessionLimits(
                        TimeUnit.MILLISECONDS.toNanos(patienceMillis),
                        limits.sessionNanos(),
                        limits.inputAudioBytes()));
        patient = gateway(baseUrl, Deadlines.DEFAULT, limits);
    }

    private Gateway gateway(String baseUrl, Deadlines deadlines, SessionLimits limits) {
        Gateway gateway = gatewayBefore(baseUrl, deadlines, limits, pooling);
        gateways.add(gateway);
        return gateway;
    }

    /** Before any server, with the key that no client may see. */
    static Gateway gatewayBefore(String baseUrl, Deadlines deadlines, SessionLimits limits, Pooling pooling) {
        UpstreamSettings upstream = UpstreamSettings.of(
                        UpstreamEndpoint.openAi(baseUrl, new Credentials.Bearer(Secret.of(KEY))))
                .withDeadlines(deadlines)
                .withPooling(pooling);
        return Gateway.start(
                GatewayConfig.embedded()
                        .withModel(new GatewayConfig.Model.Provider("openai", upstream, null))
                        .withLimits(limits),
                TurnObserver.NONE);
    }

    /** The gateway whose patience fits the fault. */
    Gateway gatewayFor(FaultRow row) {
        return switch (row.name()) {
            case "keepalive-only", "silent-audio" -> hurried; // only the end of the turn ends them
            case "slow" -> patient;
            default -> usual;
        };
    }

    /** Has time for a twin that has not spoken yet. */
    Gateway patient() {
        return patient;
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
