package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonParser;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client wants of an ephemeral key: how long it lives, and the settings of the sessions it opens. The
 * session in it is that of {@code session.update}, in its words and with its faults.
 *
 * <p>Threading: confined to its caller.
 */
public final class ClientSecretReader {
    public static final int MIN_LIFETIME_SECONDS = 10;
    public static final int MAX_LIFETIME_SECONDS = 7_200;
    public static final int DEFAULT_LIFETIME_SECONDS = 600;

    private static final String SESSION_PREFIX = "session.";
    private static final int MAX_MODEL_CHARS = 256;
    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);

    private final EventBytes body;
    private final SessionSettings defaults;
    private int lifetimeSeconds = DEFAULT_LIFETIME_SECONDS;

    private ClientSecretReader(ByteBuf json, SessionSettings defaults) {
        byte[] bytes = json.isReadable() ? ByteBufUtil.getBytes(json) : NOTHING;
        this.body = new EventBytes(bytes, 0, bytes.length);
        this.defaults = defaults;
    }

    /**
     * What is wanted.
     *
     * @param settings their model is empty where the client named none
     */
    public record Wanted(int lifetimeSeconds, SessionSettings settings) {}

    /**
     * The body of {@code POST /v1/realtime/client_secrets}.
     *
     * @param json UTF-8, nothing at all stands for an empty object; lent, its indices stay
     * @param defaults what the session's settings are laid over
     * @throws ClientFault naming the field at fault
     */
    public static Wanted read(ByteBuf json, SessionSettings defaults) {
        return new ClientSecretReader(json, defaults).read(ClientSecretReader::nested);
    }

    /** The body of {@code POST /v1/realtime/sessions}: the settings themselves, flat. */
    public static Wanted readSession(ByteBuf json, SessionSettings defaults) {
        return new ClientSecretReader(json, defaults).read(reader -> reader.flat("realtime"));
    }

    /** The body of {@code POST /v1/realtime/transcription_sessions}: the settings themselves, flat. */
    public static Wanted readTranscriptionSession(ByteBuf json, SessionSettings defaults) {
        return new ClientSecretReader(json, defaults).read(reader -> reader.flat("transcription"));
    }

    private interface Shape {
        SessionSettings readBy(ClientSecretReader reader) throws IOException;
    }

    private Wanted read(Shape shape) {
        try {
            checkSyntax();
            SessionSettings settings = shape.readBy(this);
            return new Wanted(lifetimeSeconds, settings);
        } catch (IOException e) {
            throw Faults.invalidJson("The body is not valid JSON.");
        }
    }

    private void checkSyntax() throws IOException {
        try (JsonParser json = body.newParser()) {
            json.nextToken();
            json.skipChildren();
            if (json.nextToken() != null) throw Faults.invalidJson("The body is more than one JSON value.");
        }
    }

    private SessionSettings nested() throws IOException {
        SessionSettings settings = defaults.withModel("");
        JsonCursor json = new JsonCursor(body);
        json.enterObject("body");
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "expires_after" -> readExpiresAfter(json, "expires_after");
                case "session" -> {
                    SettingsDraft draft = new SettingsDraft(startOfNested());
                    draft.readSession(json, "session", null);
                    settings = draft.settings();
                }
                default -> json.skip();
            }
        }
        return settings;
    }

    private SessionSettings flat(String type) throws IOException {
        JsonCursor json = new JsonCursor(body);
        json.enterObject("body");
        while (json.nextField()) {
            if (json.isNull() || !json.field().equals("client_secret")) json.skip();
            else readClientSecret(json);
        }
        try {
            SettingsDraft draft = new SettingsDraft(startOf(new JsonCursor(body), type));
            draft.readSession(new JsonCursor(body), "session", type);
            return draft.settings();
        } catch (ClientFault fault) {
            throw unprefixed(fault);
        }
    }

    /** The fields of a flat body have no {@code session} above them. */
    private static ClientFault unprefixed(ClientFault fault) {
        String param = fault.param();
        if (param == null || !param.startsWith(SESSION_PREFIX)) return fault;
        return new ClientFault(
                fault.code(),
                fault.sentence().replace(SESSION_PREFIX, ""),
                param.substring(SESSION_PREFIX.length()),
                null);
    }

    private void readClientSecret(JsonCursor json) throws IOException {
        json.enterObject("client_secret");
        while (json.nextField()) {
            if (!json.isNull() && json.field().equals("expires_after")) {
                readExpiresAfter(json, "client_secret.expires_after");
            } else {
                json.skip();
            }
        }
    }

    private void readExpiresAfter(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "anchor" -> {
                    String anchor = json.text(path + ".anchor");
                    if (!anchor.equals("created_at")) {
                        throw Faults.unsupportedValue(path + ".anchor", anchor, "created_at");
                    }
                }
                case "seconds" ->
                    lifetimeSeconds = json.integer(path + ".seconds", MIN_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS);
                default -> json.skip();
            }
        }
    }

    private SessionSettings startOfNested() throws IOException {
        JsonCursor json = new JsonCursor(body);
        json.enterObject("body");
        while (json.nextField()) {
            if (json.field().equals("session")) return startOf(json, null);
            json.skip();
        }
        return defaults;
    }

    /** What kind of session it is and its model cannot be changed by an update, so they are read ahead of the rest. */
    private SessionSettings startOf(JsonCursor json, @Nullable String impliedType) throws IOException {
        String type = impliedType;
        String model = "";
        json.enterObject("session");
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(SESSION_PREFIX + "type");
                case "model" -> model = json.text(SESSION_PREFIX + "model", MAX_MODEL_CHARS);
                default -> json.skip();
            }
        }
        SessionSettings settings = defaults.withModel(model);
        return "transcription".equals(type) ? settings.withModality(Modality.NONE) : settings;
    }
}
