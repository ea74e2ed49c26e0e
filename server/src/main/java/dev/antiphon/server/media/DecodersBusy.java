package dev.antiphon.server.media;

/** All decoders are at work and as many files wait as may: the same file may be sent again in a moment. */
public final class DecodersBusy extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DecodersBusy(int queued) {
        super("audio files waiting to be decoded: " + queued + " (expected: fewer)", null, false, false);
    }

    /** {@link #getMessage()}, which is never null here. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
