package dev.antiphon.server.config;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.upstream.Dialect;
import org.jspecify.annotations.Nullable;

/**
 * Addresses and keys of servers, and what is expected of them.
 *
 * <p>Threading: stateless.
 */
final class Endpoints {
    static final String OPENAI_URL = "https://api.openai.com/v1";
    /** The first version of Azure's classic interface that knows audio. */
    private static final String DEFAULT_AZURE_API_VERSION = "2025-01-01-preview";

    private Endpoints() {}

    /**
     * @param setting named in the error
     * @param apiVersion of Azure's classic interface; null: the usual
     */
    static UpstreamEndpoint of(
            String setting, String url, Dialect dialect, Credentials credentials, @Nullable String apiVersion) {
        try {
            if (!dialect.name().equals(Dialect.AZURE.name())) return UpstreamEndpoint.of(url, dialect, credentials);
            if (isAzureV1(url)) return UpstreamEndpoint.openAi(url, credentials);
            return UpstreamEndpoint.azure(
                    url, apiVersion == null ? DEFAULT_AZURE_API_VERSION : apiVersion, credentials);
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(setting, String.valueOf(e.getMessage()), "a base URL such as " + OPENAI_URL);
        }
    }

    /** The newer form, which is OpenAI's but for the header of the key. */
    static boolean isAzureV1(String url) {
        return url.endsWith("/openai/v1") || url.endsWith("/openai/v1/");
    }

    /** @param key null or blank: none */
    static Credentials credentials(String setting, @Nullable String key, Dialect dialect) {
        if (key == null || key.isBlank()) return Credentials.NONE;
        return switch (dialect.keyHeader()) {
            case BEARER -> new Credentials.Bearer(secret(setting, key));
            case API_KEY -> new Credentials.ApiKey(secret(setting, key));
        };
    }

    static Secret secret(String setting, String key) {
        try {
            return Secret.of(key);
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(setting, "(not shown)", "visible ASCII characters");
        }
    }
}
