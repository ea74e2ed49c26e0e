package dev.antiphon.server.upstream;

import java.util.concurrent.CompletionStage;

/**
 * Where tokens come from that stand in for a key: {@code dev.antiphon.server.entra}, or a library of the one who embeds
 * the gateway.
 *
 * <pre>
 *   new Credentials.Token(() -> entra.getToken(scope).toFuture().thenApply(
 *           t -> new AccessToken(Secret.of(t.getToken()), Duration.between(now(), t.getExpiresAt()).toSeconds())))
 * </pre>
 *
 * <p>It need keep no token: it is asked five minutes before the last one expires, and never again while it is still
 * answering. A failure of any kind is told to the client without its message; the next call asks again.
 *
 * <p>Threading: thread-safe; called on event loops, so it must not block, and may complete on any thread.
 */
public interface TokenSupplier {
    CompletionStage<AccessToken> get();
}
