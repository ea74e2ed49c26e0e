package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.auth.Secret;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Tokens are renewed ahead, fetched once for all, and never waited for while one is valid. */
final class TokenKeeperTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    private final Queue<CompletableFuture<AccessToken>> asked = new ArrayDeque<>();
    private int fetches;
    private final TokenKeeper keeper = new TokenKeeper(
            () -> {
                CompletableFuture<AccessToken> answer = new CompletableFuture<>();
                asked.add(answer);
                fetches++;
                return answer;
            },
            () -> loop.ticker().nanoTime());

    TokenKeeperTest() {
        channel.freezeTime();
    }

    @Test
    void whoComesWhileATokenIsFetchedWaitsForTheSameOne() {
        Future<Secret> first = keeper.token(loop);
        Future<Secret> second = keeper.token(loop);
        assertThat(first.isDone()).isFalse();
        answer("one", 3_600);
        assertThat(first.getNow().value()).isEqualTo("one");
        assertThat(second.getNow()).isSameAs(first.getNow());
        assertThat(keeper.token(loop).getNow()).isSameAs(first.getNow());
        assertThat(fetches).isEqualTo(1);
    }

    @Test
    void fiveMinutesAheadItIsRenewedBehindTheCallsBack() {
        ask();
        answer("one", 3_600);
        advance(3_299);
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("one");
        assertThat(fetches).isEqualTo(1);
        advance(1);
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("one");
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("one");
        assertThat(fetches).isEqualTo(2);
        answer("two", 3_600);
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("two");
    }

    @Test
    void aTokenThatLivesForMinutesIsRenewedHalfWay() {
        ask();
        answer("one", 200);
        advance(99);
        ask();
        assertThat(fetches).isEqualTo(1);
        advance(1);
        ask();
        assertThat(fetches).isEqualTo(2);
    }

    @Test
    void anExpiredTokenIsNotUsed() {
        ask();
        answer("one", 3_600);
        advance(3_600);
        Future<Secret> next = keeper.token(loop);
        assertThat(next.isDone()).isFalse();
        answer("two", 3_600);
        assertThat(next.getNow().value()).isEqualTo("two");
    }

    @Test
    void aRenewalThatFailsIsTriedAgainAfterTenSecondsWhileTheOldOneIsUsed() {
        ask();
        answer("one", 3_600);
        advance(3_300);
        ask();
        fail();
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("one");
        assertThat(fetches).isEqualTo(2);
        advance(10);
        assertThat(keeper.token(loop).getNow().value()).isEqualTo("one");
        assertThat(fetches).isEqualTo(3);
    }

    @Test
    void aFailureIsToldAndTheNextCallAsksAgain() {
        Future<Secret> first = keeper.token(loop);
        fail();
        assertThat(first.cause()).isInstanceOf(TokenRefusedException.class);
        Future<Secret> second = keeper.token(loop);
        assertThat(second.isDone()).isFalse();
        answer("one", 3_600);
        assertThat(second.getNow().value()).isEqualTo("one");
    }

    @Test
    void aSupplierThatThrowsHasFailed() {
        TokenKeeper broken = new TokenKeeper(
                () -> {
                    throw new IllegalStateException("no");
                },
                () -> 0);
        assertThat(broken.token(loop).cause()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTokenIsWaitedForFiveSeconds() {
        Future<Secret> token = keeper.token(loop);
        channel.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
        assertThat(token.isDone()).isFalse();
        advance(1);
        assertThat(token.cause()).isInstanceOf(TimeoutException.class);
    }

    @Test
    void aForgottenTokenIsFetchedAnew() {
        ask();
        answer("one", 3_600);
        keeper.forget();
        assertThat(keeper.token(loop).isDone()).isFalse();
        assertThat(fetches).isEqualTo(2);
    }

    private void ask() {
        assertThat(keeper.token(loop).cause()).isNull();
    }

    private void answer(String token, long lifeSeconds) {
        asked.remove().complete(new AccessToken(Secret.of(token), lifeSeconds));
    }

    private void fail() {
        asked.remove().completeExceptionally(new TokenRefusedException(401, "no token"));
    }

    private void advance(int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runPendingTasks();
    }
}
