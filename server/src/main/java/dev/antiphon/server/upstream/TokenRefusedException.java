package dev.antiphon.server.upstream;

import java.io.IOException;

/** Who gives out tokens has answered, but not with one. */
public final class TokenRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int httpStatus;

    /** @param reason in words for the log: neither token nor what the server said */
    public TokenRefusedException(int httpStatus, String reason) {
        super("token: status " + httpStatus + ", " + reason);
        this.httpStatus = httpStatus;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
