package dev.antiphon.server.rest;

import dev.antiphon.server.client.Admission.Refusal;

/** Carries a refusal out of the checks of a request. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    Refused(int httpStatus, String code, String message) {
        this(new Refusal(httpStatus, "invalid_request_error", code, message));
    }

    Refused(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
