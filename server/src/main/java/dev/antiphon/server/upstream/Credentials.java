package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * How a request says who sends it.
 *
 * <p>Threading: immutable.
 */
public sealed interface Credentials {
    /** No header at all: a server of one's own. */
    Credentials NONE = new None();

    /** Adds what this form of credentials demands. */
    void addTo(HttpHeaders headers);

    /** {@code Authorization: Bearer …}: OpenAI and most others. */
    record Bearer(Secret key) implements Credentials {
        @Override
        public void addTo(HttpHeaders headers) {
            headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + key.value());
        }
    }

    /** {@code api-key: …}: Azure. */
    record ApiKey(Secret key) implements Credentials {
        @Override
        public void addTo(HttpHeaders headers) {
            headers.set("api-key", key.value());
        }
    }

    /** {@code Authorization: Bearer …} with a token that is renewed: Azure with Entra ID. */
    record Token(TokenSupplier supplier) implements Credentials {
        /** Added when the token is there. */
        @Override
        public void addTo(HttpHeaders headers) {}
    }

    record None() implements Credentials {
        @Override
        public void addTo(HttpHeaders headers) {}
    }
}
