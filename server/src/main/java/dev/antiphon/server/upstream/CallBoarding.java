package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a call goes through before it rides: its request is signed, where a token does that, and finds a carrier. It ends
 * with one word to its passenger, or with {@link #cancel}.
 *
 * <p>Threading: confined to its event loop.
 */
final class CallBoarding {
    private static final Logger LOG = LoggerFactory.getLogger(CallBoarding.class);

    private final EventLoop loop;
    private final UpstreamPool pool;
    private final @Nullable TokenKeeper tokens; // null: requests are signed when they come
    private @Nullable Future<?> awaited; // null: nothing is

    /** The one who wants to ride. */
    interface Passenger {
        /** @param carrier given */
        void onCarrier(CallCarrier carrier);

        /** Never from inside {@link CallBoarding}'s own methods. */
        void onNoCarrier(UpstreamFault fault);
    }

    /** @param tokens null: requests are signed when they come */
    CallBoarding(EventLoop loop, UpstreamPool pool, @Nullable TokenKeeper tokens) {
        this.loop = loop;
        this.pool = pool;
        this.tokens = tokens;
    }

    /** @param request lent; signed on the way */
    void start(CallRequest request, Passenger passenger) {
        if (tokens == null) {
            await(pool.carrier(), passenger);
            return;
        }
        Future<Secret> token = tokens.token(loop);
        awaited = token;
        token.addListener(got -> {
            if (awaited != token) return;
            if (!got.isSuccess()) {
                refuse(TransportFault.unsigned(got.cause()), passenger);
                return;
            }
            request.authorize(token.getNow());
            await(pool.carrier(), passenger);
        });
    }

    /** The same request on another connection, which is opened for it. */
    void startAgain(Passenger passenger) {
        await(pool.connect(), passenger);
    }

    void await(Future<CallCarrier> coming, Passenger passenger) {
        awaited = coming;
        coming.addListener(opened -> {
            if (awaited != coming) {
                if (opened.isSuccess()) coming.getNow().abort();
                return;
            }
            if (opened.isSuccess()) {
                awaited = null;
                passenger.onCarrier(coming.getNow());
                return;
            }
            LOG.debug("no connection to the model's server", opened.cause());
            refuse(TransportFault.unreachable(opened.cause()), passenger);
        });
    }

    /** The last word of the server was that it does not take the token. */
    void onUnauthorized() {
        if (tokens != null) tokens.forget();
    }

    /** The passenger hears nothing more. Idempotent. */
    void cancel() {
        Future<?> pending = awaited;
        awaited = null;
        if (pending != null) pending.cancel(false);
    }

    void giveBack(CallCarrier carrier) {
        carrier.giveBackTo(pool);
    }

    /** Even a failure that is known at once is told in a later turn of the loop, never from inside a start. */
    private void refuse(UpstreamFault fault, Passenger passenger) {
        Future<?> failed = awaited;
        loop.execute(() -> {
            if (failed == null || awaited != failed) return;
            awaited = null;
            passenger.onNoCarrier(fault);
        });
    }
}
