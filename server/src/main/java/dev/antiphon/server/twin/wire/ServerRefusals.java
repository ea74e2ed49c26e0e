package dev.antiphon.server.twin.wire;

/** Refusals that have nothing to do with what the request asks for, in the provider's words. */
public final class ServerRefusals {
    private static final int SHOWN_KEY_START = 8;
    private static final int SHOWN_KEY_END = 4;

    private ServerRefusals() {}

    public static Refusal noKey() {
        return Refusal.of(
                401,
                "invalid_request_error",
                "You didn't provide an API key. You need to provide your API key in an Authorization header using"
                        + " Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                null,
                null);
    }

    public static Refusal wrongKey(String key) {
        return Refusal.of(
                401,
                "invalid_request_error",
                "Incorrect API key provided: " + masked(key)
                        + ". You can find your API key at https://platform.openai.com/account/api-keys.",
                null,
                "invalid_api_key");
    }

    /** As a careless server would say it. */
    public static Refusal wrongKeyEchoed(String key) {
        return Refusal.of(
                401,
                "invalid_request_error",
                "Incorrect API key provided: " + key
                        + ". You can find your API key at https://platform.openai.com/account/api-keys.",
                null,
                "invalid_api_key");
    }

    public static Refusal unsupportedCountry() {
        return Refusal.of(
                403,
                "request_forbidden",
                "Country, region, or territory not supported",
                null,
                "unsupported_country_region_territory");
    }

    public static Refusal noQuota() {
        return Refusal.of(
                429,
                "insufficient_quota",
                "You exceeded your current quota, please check your plan and billing details. For more information on"
                        + " this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
                null,
                "insufficient_quota");
    }

    public static Refusal bodyTooLarge(int maxBytes) {
        return Refusal.of(
                413,
                "invalid_request_error",
                "Request body too large. The maximum is " + maxBytes + " bytes.",
                null,
                "request_too_large");
    }

    /** @param model the name that was asked for */
    public static Refusal rateLimit(String model) {
        return Refusal.of(
                429,
                "requests",
                "Rate limit reached for " + model + " on requests per min. Please try again in 1s.",
                null,
                "rate_limit_exceeded");
    }

    public static Refusal serverError() {
        return Refusal.of(
                500,
                "server_error",
                "The server had an error while processing your request. Sorry about that!",
                null,
                null);
    }

    public static Refusal overloaded() {
        return Refusal.of(
                503, "server_error", "The engine is currently overloaded, please try again later.", null, null);
    }

    private static String masked(String key) {
        if (key.length() <= SHOWN_KEY_START + SHOWN_KEY_END) return "*".repeat(key.length());
        int hidden = key.length() - SHOWN_KEY_START - SHOWN_KEY_END;
        return key.substring(0, SHOWN_KEY_START) + "*".repeat(hidden) + key.substring(key.length() - SHOWN_KEY_END);
    }
}
