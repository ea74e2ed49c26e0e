package dev.antiphon.server;

import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.server.client.Opening;
import dev.antiphon.server.client.SessionFactory;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.upstream.Models;
import dev.antiphon.server.usage.UsageBook;
import dev.antiphon.session.ClientInlet;
import dev.antiphon.session.ClientOutlet;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.Session;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionPorts;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.SessionStart;
import dev.antiphon.session.Timers;
import dev.antiphon.session.TurnObserver;
import dev.antiphon.time.NanoClock;
import dev.antiphon.turn.TurnDetector;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.usage.ResponseUsage;
import dev.antiphon.usage.UsageObserver;
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

    /** What a client gets that says nothing. */
    static final SessionSettings DEFAULTS = SessionSettings.defaults("antiphon", "alloy");

    private final Models models;
    private final GatewayConfig config;
    private final TurnObserver observer;
    private final UsageBook usage;
    private final NanoClock clock;
    private final Clock wallClock = Clock.systemUTC();
    private final SecureRandom seeds = new SecureRandom();

    Sessions(Models models, GatewayConfig config, TurnObserver observer, UsageBook usage, NanoClock clock) {
        this.models = models;
        this.config = config;
        this.observer = observer;
        this.usage = usage;
        this.clock = clock;
    }

    @Override
    public ClientInlet newSession(Opening opening, ClientOutlet outlet, Timers timers, EventLoop loop) {
        SessionSettings settings = settingsOf(opening);
        SessionIds ids = SessionIds.random(seeds.nextLong());
        SessionStart start = new SessionStart(
                settings,
                ids,
                config.limits(),
                config.memory(),
                TurnDetector::of,
                wallClock.instant().getEpochSecond());
        Doorbell doorbell = new Doorbell(clock);
        UsageObserver account = usage.accountOf(opening.client());
        String sessionId = ids.next("sess_");
        UpstreamCalls calls = models.callsOn(loop, doorbell, new StageCosts(sessionId, account));
        Session session = new Session(
                sessionId,
                start,
                new SessionPorts(outlet, calls, models.transcriptionsOn(loop), timers, new Counted(observer, account)));
        doorbell.session = session;
        LOG.debug("session={} client={}", session.id(), opening.client());
        return session;
    }

    /** What an ephemeral key was made for comes first, then the URI, then our defaults. */
    static SessionSettings settingsOf(Opening opening) {
        SessionSettings bound = opening.bound();
        if (bound != null && !bound.model().isEmpty()) return bound;
        String model = opening.model().isEmpty() ? DEFAULTS.model() : opening.model();
        if (bound != null) return bound.withModel(model);
        SessionSettings settings = DEFAULTS.withModel(model);
        return opening.isTranscription() ? settings.withModality(Modality.NONE) : settings;
    }

    /** Enters what a session costs into its client's account. */
    private record Counted(TurnObserver observer, UsageObserver account) implements TurnObserver {
        @Override
        public void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline) {
            observer.onTurnEnded(response, timeline);
        }

        @Override
        public void onCancelFlushed(TurnTimeline timeline) {
            observer.onCancelFlushed(timeline);
        }

        @Override
        public void onUsage(ResponseUsage usage, @Nullable ResponseUsage before) {
            account.onUsage(usage, before);
            observer.onUsage(usage, before);
        }
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
