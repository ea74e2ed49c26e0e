package dev.antiphon.server.media;

/**
 * A form that cannot be read, or not within its limits. The message is fit for a client and holds nothing of what it sent
 * but numbers.
 */
public final class MultipartFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Which answer it deserves. */
    public enum Reason {
        /** No {@code multipart/form-data}, or a broken one: 400. */
        MALFORMED,
        /** More or longer parts than we take: 413. */
        TOO_LARGE
    }

    private MultipartFault(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    static MultipartFault malformed(String message) {
        return new MultipartFault(Reason.MALFORMED, message);
    }

    static MultipartFault tooLarge(String what, long most) {
        return new MultipartFault(
                Reason.TOO_LARGE, what + ": more than " + most + " bytes (expected: at most " + most + ")");
    }

    static MultipartFault tooMany(int most) {
        return new MultipartFault(Reason.TOO_LARGE, "parts: more than " + most + " (expected: at most " + most + ")");
    }

    public Reason reason() {
        return reason;
    }

    /** The status that answers it: 400 or 413. */
    public int httpStatus() {
        return switch (reason) {
            case MALFORMED -> 400;
            case TOO_LARGE -> 413;
        };
    }

    /** {@link #getMessage()}, which is never null here. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
