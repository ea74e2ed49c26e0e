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
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes ephemeral keys on request.
 *
 * <p>Threading: thread-safe.
 */
public final class ClientSecrets {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSecrets.class);

    static final int MAX_BODY_BYTES = 64 * 1024;

    private static final long BODY_MILLIS = 10_000;
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

    /** The three ways to ask for one, the second and the third of before the first. */
    public Map<String, Route> routes() {
        return Map.of(
                "/realtime/client_secrets", route(ClientSecretReader::read, ClientSecretWriter::write),
                "/realtime/sessions", route(ClientSecretReader::readSession, ClientSecretWriter::writeFlat),
                "/realtime/transcription_sessions",
                        route(ClientSecretReader::readTranscriptionSession, ClientSecretWriter::writeFlat));
    }

    private Route route(Wish wish, Shape shape) {
        return Route.json(
                MAX_BODY_BYTES,
                BODY_MILLIS,
                (request, answer) -> new CollectedBody(
                        answer.allocator(),
                        body -> answer(request.client(), body, wish.read(body, defaults), shape, answer)));
    }

    private interface Wish {
        Wanted read(ByteBuf body, SessionSettings defaults);
    }

    private interface Shape {
        void write(ClientSecret secret, String sessionId, SessionSettings settings, ByteBuf out);
    }

    private void answer(String client, ByteBuf body, Wanted wanted, Shape shape, RestAnswer answer) {
        EphemeralKeys.Grant grant = new EphemeralKeys.Grant(client, wanted.settings());
        EphemeralKeys.Minted minted = keys.mint(grant, wanted.lifetimeSeconds(), body.readableBytes());
        if (minted == null) {
            LOG.warn("client={} no ephemeral key: too many are alive", client);
            answer.refuse(TOO_MANY);
            return;
        }
        LOG.debug("client={} ephemeral key for {} s", client, wanted.lifetimeSeconds());
        SessionSettings settings = wanted.settings();
        ByteBuf json = answer.allocator().buffer();
        shape.write(
                new ClientSecret(minted.value().value(), minted.expiresAtUnixSeconds()),
                SessionIds.random(seeds.nextLong()).next("sess_"),
                settings.model().isEmpty() ? settings.withModel(defaults.model()) : settings,
                json);
        answer.whole(200, "application/json", json);
    }
}
