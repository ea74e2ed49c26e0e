package dev.antiphon.server;

import dev.antiphon.server.client.SessionFactory;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.upstream.UpstreamClient;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.ReplyInlet;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionStart;
import dev.antiphon.session.Timers;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.session.UpstreamCalls;
import dev.antiphon.time.NanoClock;
import dev.antiphon.turn.TurnDetector;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ties a new session to its client, to the model and to time.
 *
 * <p>Threading: thread-safe.
 */
final class Sessions implements SessionFactory {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private static final String DEFAULT_VOICE = "alloy";
    private static final String DEFAULT_MODEL = "antiphon";

    private final UpstreamClient upstream;
    private final GatewayConfig config;
    private final TurnObserver observer;
    private final NanoClock clock;
    private final Clock wallClock = Clock.systemUTC();
    private final SecureRandom seeds = new SecureRandom();

    Sessions(UpstreamClient upstream, GatewayConfig config, TurnObserver observer, NanoClock clock) {
        this.upstream = upstream;
        this.config = config;
        this.observer = observer;
        this.clock = clock;
    }

    @Override
    public ClientInlet newSession(Wanted wanted, ClientOutlet outlet, Timers timers, EventLoop loop) {
        String clientModel = wanted.model().isEmpty() ? DEFAULT_MODEL : wanted.model();
        SessionIds ids = SessionIds.random(seeds.nextLong());
        SessionStart start = new SessionStart(
                settingsOf(clientModel, wanted.isTranscription()),
                upstreamModel(clientModel),
                ids,
                config.limits(),
                TurnDetector::energy,
                wallClock.instant().getEpochSecond());
        Doorbell doorbell = new Doorbell(clock);
        UpstreamCalls calls = upstream.callsOn(loop, doorbell);
        Session session = new Session(ids.next("sess_"), start, outlet, calls, timers, observer);
        doorbell.session = session;
        return session;
    }

    private static SessionSettings settingsOf(String model, boolean isTranscription) {
        SessionSettings settings = SessionSettings.defaults(model, DEFAULT_VOICE);
        if (!isTranscription) return settings;
        SessionSettings.Output output = settings.output();
        return settings.withOutput(new SessionSettings.Output(
                SessionSettings.Modality.NONE, output.format(), output.voice(), output.speedRatio()));
    }

    /** The embedded model answers to any name; a provider is asked for its own, whatever Realtime name a client uses. */
    private String upstreamModel(String clientModel) {
        if (config.model() instanceof Model.Provider provider && provider.model() != null) return provider.model();
        return clientModel;
    }

    /** Tells a session that its reply can be read. */
    private static final class Doorbell implements Consumer<ReplyInlet> {
        private final NanoClock clock;
        private @Nullable Session session; // set before any call is started

        Doorbell(NanoClock clock) {
            this.clock = clock;
        }

        @Override
        public void accept(ReplyInlet readable) {
            if (session == null) return;
            try {
                session.onReplyReadable(clock.nanoTime());
            } catch (RuntimeException | Error e) {
                // The second of the two tops where everything ends; the other is the client channel's.
                LOG.error("session={} failed", session.id(), e);
                session.close(ClientOutlet.CloseReason.INTERNAL_ERROR, clock.nanoTime());
            }
        }
    }
}
