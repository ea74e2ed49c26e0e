package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;

/**
 * What stands in the {@code Authorization} header for a while.
 *
 * <p>Threading: immutable.
 *
 * @param lifeSeconds from now on; how long, not until when, because wall clocks jump
 */
public record AccessToken(Secret token, long lifeSeconds) {
    public AccessToken {
        if (lifeSeconds <= 0) throw new IllegalArgumentException("lifeSeconds: " + lifeSeconds + " (expected: > 0)");
    }
}
