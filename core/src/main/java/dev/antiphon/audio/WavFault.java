package dev.antiphon.audio;

/**
 * A WAV file that cannot be read. The message says what was met and what was expected, never what it sounds like; whose
 * fault it is only the caller knows.
 */
public final class WavFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    WavFault(String message) {
        super(message);
    }
}
