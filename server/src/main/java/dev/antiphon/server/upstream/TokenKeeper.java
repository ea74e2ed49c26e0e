package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token of the moment. It is renewed five minutes ahead, behind the back of the calls, which wait for it only when
 * there is none that is valid; whoever comes while it is being fetched waits for the same one.
 *
 * <p>Threading: thread-safe.
 */
final class TokenKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(TokenKeeper.class);
    private static final long AHEAD_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long WAIT_MILLIS = 5_000;
    private static final long FETCH_SECONDS = 10;
    private static final long LONGEST_LIFE_SECONDS = TimeUnit.DAYS.toSeconds(1);

    private final TokenSupplier supplier;
    private final NanoClock clock;

    private final AtomicReference<@Nullable CompletableFuture<Secret>> fetch = new AtomicReference<>(); // under way
    private volatile @Nullable Kept kept; // written by the fetch under way and by a refused call; null: none

    private record Kept(Secret token, long renewNanos, long expiryNanos) {}

    TokenKeeper(TokenSupplier supplier, NanoClock clock) {
        this.supplier = supplier;
        this.clock = clock;
    }

    /** Completes on {@code loop}, mostly before it is returned. */
    Future<Secret> token(EventLoop loop) {
        Kept known = kept;
        if (known != null && clock.nanoTime() - known.renewNanos() < 0) return loop.newSucceededFuture(known.token());
        CompletableFuture<Secret> coming = renew();
        known = kept;
        if (known != null && clock.nanoTime() - known.expiryNanos() < 0) return loop.newSucceededFuture(known.token());
        return await(coming, loop);
    }

    /** The server does not take it any more: the next call gets another. */
    void forget() {
        kept = null;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // of the listening, not of what is listened for
    private static Promise<Secret> await(CompletableFuture<Secret> coming, EventLoop loop) {
        Promise<Secret> token = loop.newPromise();
        ScheduledFuture<?> deadline = loop.schedule(
                () -> token.tryFailure(new TimeoutException("after " + WAIT_MILLIS + " ms")),
                WAIT_MILLIS,
                TimeUnit.MILLISECONDS);
        token.addListener(done -> deadline.cancel(false));
        coming.whenComplete((got, failure) -> {
            if (got != null) token.trySuccess(got);
            else token.tryFailure(failure);
        });
        return token;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // of the listening, not of what is listened for
    private CompletableFuture<Secret> renew() {
        CompletableFuture<Secret> mine = new CompletableFuture<>();
        CompletableFuture<Secret> running = fetch.compareAndExchange(null, mine);
        if (running != null) return running;
        ask().orTimeout(FETCH_SECONDS, TimeUnit.SECONDS).whenComplete((token, failure) -> {
            if (token != null) keep(token);
            else postpone(failure);
            fetch.set(null);
            if (token != null) mine.complete(token.token());
            else mine.completeExceptionally(failure instanceof CompletionException ? failure.getCause() : failure);
        });
        return mine;
    }

    private CompletableFuture<AccessToken> ask() {
        try {
            // A copy: what the supplier does with its own is its business.
            return supplier.get().toCompletableFuture().copy();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void keep(AccessToken token) {
        long nowNanos = clock.nanoTime();
        long lifeNanos = TimeUnit.SECONDS.toNanos(Math.min(token.lifeSeconds(), LONGEST_LIFE_SECONDS));
        long aheadNanos = Math.min(AHEAD_NANOS, lifeNanos / 2);
        kept = new Kept(token.token(), nowNanos + lifeNanos - aheadNanos, nowNanos + lifeNanos);
    }

    private void postpone(Throwable failure) {
        LOG.warn("no token for the model's server: {}", failure.getClass().getSimpleName());
        LOG.debug("no token", failure);
        Kept last = kept;
        if (last != null) kept = new Kept(last.token(), clock.nanoTime() + PAUSE_NANOS, last.expiryNanos());
    }
}
