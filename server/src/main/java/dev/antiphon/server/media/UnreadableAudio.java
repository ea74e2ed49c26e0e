package dev.antiphon.server.media;

/**
 * A file of sound that we cannot read or will not. The message is fit for a client: {@code file: what (expected: …)}.
 */
public final class UnreadableAudio extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Whether another file would have fared better, and how. */
    public enum Reason {
        /** A container or codec that we do not read. */
        UNSUPPORTED,
        /** One that we read, but this one is broken. */
        MALFORMED,
        /** More seconds than we decode. */
        TOO_LONG
    }

    UnreadableAudio(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** {@link #getMessage()}, which is never null here. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
