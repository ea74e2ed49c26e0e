package dev.antiphon.server.rest;

import dev.antiphon.realtime.ClientSecretReader;
import dev.antiphon.realtime.ClientSecretReader.Wanted;
import dev.antiphon.realtime.ClientSecretWriter;
import dev.antiphon.realtime.ClientSecretWriter.ClientSecret;
import dev.antiphon.server.auth.EphemeralKeys;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.session.SessionIds;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ephemeral keys on request.
 *
 * <p>Threading: thread-safe.
 */
public final class ClientSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSecrets.class);

    private static final Refusal TOO_MANY = new Refusal(
            429, "rate_limit_error", "too_many_ephemeral_keys", "Too many ephemeral keys have not expired yet.");

    private final EphemeralKeys keys;
    private final SessionSettings defaults;
    private final SecureRandom seeds = new SecureRandom();

    /** @param defaults of a session for which nothing is asked */
    public ClientSecrets(EphemeralKeys keys, SessionSettings defaults) {
        this.keys = keys;
        this.defaults = defaults;
    }

    /** {@code POST /v1/realtime/client_secrets}. */
    @Nullable
    Refusal clientSecret(String client, ByteBuf body, ByteBuf answer) {
        return answer(client, body, ClientSecretReader.read(body, defaults), ClientSecretWriter::write, answer);
    }

    /** {@code POST /v1/realtime/sessions}, which came before it. */
    @Nullable
    Refusal session(String client, ByteBuf body, ByteBuf answer) {
        Wanted wanted = ClientSecretReader.readSession(body, defaults);
        return answer(client, body, wanted, ClientSecretWriter::writeFlat, answer);
    }

    /** {@code POST /v1/realtime/transcription_sessions}, likewise. */
    @Nullable
    Refusal transcriptionSession(String client, ByteBuf body, ByteBuf answer) {
        Wanted wanted = ClientSecretReader.readTranscriptionSession(body, defaults);
        return answer(client, body, wanted, ClientSecretWriter::writeFlat, answer);
    }

    private interface Shape {
        void write(ClientSecret secret, String sessionId, SessionSettings settings, ByteBuf out);
    }

    private @Nullable Refusal answer(String client, ByteBuf body, Wanted wanted, Shape shape, ByteBuf answer) {
        EphemeralKeys.Grant grant = new EphemeralKeys.Grant(client, wanted.settings());
        EphemeralKeys.Minted minted = keys.mint(grant, wanted.lifetimeSeconds(), body.readableBytes());
        if (minted == null) {
            LOG.warn("client={} no ephemeral key: too many are alive", client);
            return TOO_MANY;
        }
        LOG.debug("client={} ephemeral key for {} s", client, wanted.lifetimeSeconds());
        SessionSettings settings = wanted.settings();
        shape.write(
                new ClientSecret(minted.value().value(), minted.expiresAtUnixSeconds()),
                SessionIds.random(seeds.nextLong()).next("sess_"),
                settings.model().isEmpty() ? settings.withModel(defaults.model()) : settings,
                answer);
        return null;
    }
}
