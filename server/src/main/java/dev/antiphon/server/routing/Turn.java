package dev.antiphon.server.routing;

import dev.antiphon.server.routing.Attempts.Step;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts of one request on the event loop: waits where they say so, and sees that there is one last word.
 *
 * <p>Threading: confined to its event loop.
 */
final class Turn {
    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

    /** What asking is, for one kind of request. */
    interface Asker {
        /**
         * Starts a call.
         *
         * @throws IllegalArgumentException the request cannot be put to this destination
         */
        void ask(Destination destination);

        /** Says the last word; called once, never from inside {@link Turn#begin}. */
        void giveUp(UpstreamFault fault);
    }

    private final EventLoop loop;
    private final NanoClock clock;
    private final Attempts attempts;
    private final Asker asker;
    private @Nullable ScheduledFuture<?> pause; // null: nobody is waited with
    private boolean isOver;

    Turn(EventLoop loop, NanoClock clock, Attempts attempts, Asker asker) {
        this.loop = loop;
        this.clock = clock;
        this.attempts = attempts;
        this.asker = asker;
    }

    /** @throws IllegalArgumentException the request cannot be put to the first destination */
    void begin() {
        Step step = attempts.begin(clock.nanoTime());
        if (step instanceof Step.Ask first) {
            try {
                asker.ask(first.destination());
            } catch (RuntimeException | Error e) {
                end();
                throw e;
            }
        } else {
            loop.execute(() -> perform(step));
        }
    }

    /** Something was heard; from here on no other attempt is made. */
    void onHeard() {
        attempts.onHeard();
    }

    void onFault(UpstreamFault fault) {
        if (!isOver) perform(attempts.onFault(fault, clock.nanoTime()));
    }

    /** The answer is complete, or no longer wanted. Idempotent. */
    void end() {
        if (isOver) return;
        isOver = true;
        attempts.abandon(clock.nanoTime());
        if (pause != null) pause.cancel(false);
        pause = null;
    }

    private void perform(Step step) {
        if (isOver) return;
        if (step instanceof Step.Ask next) {
            LOG.debug("asking {} next", next.destination());
            if (next.delayNanos() == 0) ask(next.destination());
            else pause = loop.schedule(() -> ask(next.destination()), next.delayNanos(), TimeUnit.NANOSECONDS);
        } else if (step instanceof Step.GiveUp last) {
            isOver = true;
            asker.giveUp(last.fault());
        }
    }

    private void ask(Destination destination) {
        pause = null;
        try {
            asker.ask(destination);
        } catch (IllegalArgumentException e) {
            LOG.warn("upstream={} cannot be asked: {}", destination.line(), e.getMessage());
            onFault(FaultRules.unwritable());
        }
    }
}
