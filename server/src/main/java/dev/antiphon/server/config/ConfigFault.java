package dev.antiphon.server.config;

/**
 * A setting that cannot be used. Its message names the setting, its value (never a key) and what was expected; the start
 * stops with exit code 2.
 */
public final class ConfigFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigFault(String setting, String value, String expected) {
        super(setting + ": " + value + " (expected: " + expected + ")", null, false, false);
    }
}
