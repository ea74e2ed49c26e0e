package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Writes an ephemeral key with the session it is good for.
 *
 * <p>Threading: thread-safe.
 */
public final class ClientSecretWriter {
    private static final JsonFactory JSON = new JsonFactory();

    private ClientSecretWriter() {}

    /**
     * The key, and when it expires.
     *
     * @param value not to be logged
     */
    public record ClientSecret(String value, long expiresAtUnixSeconds) {
        @Override
        public String toString() {
            return "ClientSecret[value=hidden, expiresAtUnixSeconds=" + expiresAtUnixSeconds + "]";
        }
    }

    /**
     * The answer to {@code POST /v1/realtime/client_secrets}.
     *
     * @param out lent; the JSON is appended
     */
    public static void write(ClientSecret secret, String sessionId, SessionSettings settings, ByteBuf out) {
        writeTo(out, json -> {
            json.beginObject();
            writeFields(secret, json);
            json.field("session");
            // The session does not exist yet, so it does not expire.
            SessionJson.write(sessionId, 0, settings, json);
            json.end();
        });
    }

    /**
     * The answer to {@code POST /v1/realtime/sessions} and {@code …/transcription_sessions}: the flat session of the beta
     * with the key in it.
     *
     * @param out lent; the JSON is appended
     */
    public static void writeFlat(ClientSecret secret, String sessionId, SessionSettings settings, ByteBuf out) {
        writeTo(out, json -> BetaSessionJson.write(sessionId, 0, settings, secret, json));
    }

    static void writeFields(ClientSecret secret, JsonWriter json) {
        json.text("value", secret.value());
        json.number("expires_at", secret.expiresAtUnixSeconds());
    }

    private interface Body {
        void writeTo(JsonWriter json);
    }

    private static void writeTo(ByteBuf out, Body body) {
        try (OutputStream stream = new ByteBufOutputStream(out);
                JsonGenerator json = JSON.createGenerator(stream)) {
            body.writeTo(new JsonWriter(json));
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer refused JSON", e);
        }
    }
}
