package dev.antiphon.server.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A key, a provider's or a client's. It has no text form, and two secrets are equal only when they are the same object.
 *
 * <p>Threading: immutable.
 */
public final class Secret {
    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /** @param value at least one character, all of them visible ASCII: anything else could not stand in a header */
    public static Secret of(String value) {
        // The message never quotes what it refuses.
        if (value.isEmpty()) throw new IllegalArgumentException("key: empty (expected: at least one character)");
        if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("key: with a blank or a control character (expected: visible ASCII)");
        }
        return new Secret(value);
    }

    /** The secret itself, for the header it is sent in and nothing else. */
    public String value() {
        return value;
    }

    /** Whether somebody knows the secret; takes as long whatever is wrong. */
    public boolean matches(String presented) {
        return MessageDigest.isEqual(
                value.getBytes(StandardCharsets.UTF_8), presented.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "Secret[hidden]";
    }
}
