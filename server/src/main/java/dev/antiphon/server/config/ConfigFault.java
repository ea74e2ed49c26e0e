package dev.antiphon.server.config;

/**
 * A setting that cannot be used. Its message names the setting, its value (never a key) and what was expected; the start
 * stops with exit code 2.
 */
public final class ConfigFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigFault(String setting, String value, String expected) {
        this(setting + ": " + value + " (expected: " + expected + ")");
    }

    /** @param sentence of the form above */
    ConfigFault(String sentence) {
        super(sentence, null, false, false);
    }
}
