package dev.antiphon.session;

import org.jspecify.annotations.Nullable;

/**
 * A client asked for something it may not or cannot have. It is answered with an {@code error} event; the session goes
 * on and nothing has changed.
 *
 * <p>Codes and parameters are the Realtime protocol's. Messages read <i>what: value (expected: …)</i> and hold neither
 * audio nor transcripts nor secrets.
 */
public final class ClientFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final @Nullable String param;
    private final @Nullable String eventId;

    /**
     * @param code the Realtime protocol's {@code error.code}
     * @param param path of the field at fault, such as {@code session.audio.input}; null: no single field
     * @param eventId the client's own {@code event_id} of the command at fault; null: it gave none
     */
    public ClientFault(String code, String message, @Nullable String param, @Nullable String eventId) {
        super(message, null, false, false);
        this.code = code;
        this.param = param;
        this.eventId = eventId;
    }

    public String code() {
        return code;
    }

    public @Nullable String param() {
        return param;
    }

    public @Nullable String eventId() {
        return eventId;
    }

    /** {@link #getMessage()}, which is never null here. */
    public String sentence() {
        return String.valueOf(getMessage());
    }

    public ClientFault withEventId(@Nullable String newEventId) {
        return new ClientFault(code, sentence(), param, newEventId);
    }
}
