package dev.antiphon.server.upstream;

/**
 * A provider's key. Its value leaves this package only in the header of a request: it has no text form, and two secrets
 * are equal only when they are the same object.
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

    String value() {
        return value;
    }

    @Override
    public String toString() {
        return "Secret[hidden]";
    }
}
