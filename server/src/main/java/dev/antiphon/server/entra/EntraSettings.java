package dev.antiphon.server.entra;

import dev.antiphon.server.auth.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * As what the gateway signs in, and for what.
 *
 * <p>Threading: immutable.
 *
 * @param scope what the token is for; ends with {@code /.default}
 */
public record EntraSettings(Identity identity, String scope) {
    /** What Azure OpenAI takes, in its classic form and in v1. */
    public static final String OPENAI_SCOPE = "https://cognitiveservices.azure.com/.default";

    static final String DEFAULT_SUFFIX = "/.default";

    private static final URI PUBLIC_CLOUD = URI.create("https://login.microsoftonline.com");
    /** Azure's instance metadata service, the same on every virtual machine. */
    private static final URI METADATA_SERVICE = URI.create("http://169.254.169.254/metadata/identity/oauth2/token");

    /** A way to prove who one is. */
    public sealed interface Identity {}

    /** An application with a password of its own. */
    public record ClientSecret(URI authority, String tenantId, String clientId, Secret secret) implements Identity {}

    /**
     * A workload somewhere else, vouched for by its own platform: Kubernetes, GitHub.
     *
     * @param tokenFile read anew each time: the platform renews it
     */
    public record Workload(URI authority, String tenantId, String clientId, Path tokenFile) implements Identity {}

    /**
     * An identity of the virtual machine or the app service that this runs on.
     *
     * @param header what the app service wants to see; null: the endpoint is a virtual machine's metadata service
     * @param clientId of the one among several; null: there is only one
     */
    public record Managed(
            URI endpoint, @Nullable Secret header, @Nullable String clientId) implements Identity {}

    public EntraSettings {
        if (!scope.endsWith(DEFAULT_SUFFIX)) {
            throw new IllegalArgumentException("scope: " + scope + " (expected: …" + DEFAULT_SUFFIX + ")");
        }
    }

    /**
     * Takes the first that is complete of a client's secret ({@code AZURE_TENANT_ID}, {@code AZURE_CLIENT_ID},
     * {@code AZURE_CLIENT_SECRET}), a workload's file ({@code AZURE_FEDERATED_TOKEN_FILE} with the same two), and a
     * managed identity ({@code IDENTITY_ENDPOINT} and {@code IDENTITY_HEADER}, or the virtual machine's).
     * {@code AZURE_AUTHORITY_HOST} names another cloud than the public one.
     *
     * @throws IllegalArgumentException something is set that cannot be used
     */
    public static EntraSettings fromEnvironment(Map<String, String> environment) {
        String tenantId = value(environment, "AZURE_TENANT_ID");
        String clientId = value(environment, "AZURE_CLIENT_ID");
        String secret = value(environment, "AZURE_CLIENT_SECRET");
        String tokenFile = value(environment, "AZURE_FEDERATED_TOKEN_FILE");
        Identity identity;
        if (tenantId != null && clientId != null && secret != null) {
            identity = new ClientSecret(authority(environment), tenantId, clientId, Secret.of(secret));
        } else if (tenantId != null && clientId != null && tokenFile != null) {
            identity = new Workload(authority(environment), tenantId, clientId, Path.of(tokenFile));
        } else {
            identity = managed(environment, clientId);
        }
        return new EntraSettings(identity, OPENAI_SCOPE);
    }

    public EntraSettings withScope(String newScope) {
        return new EntraSettings(identity, newScope);
    }

    private static Managed managed(Map<String, String> environment, @Nullable String clientId) {
        String endpoint = value(environment, "IDENTITY_ENDPOINT");
        String header = value(environment, "IDENTITY_HEADER");
        if (endpoint == null || header == null) return new Managed(METADATA_SERVICE, null, clientId);
        return new Managed(uri("IDENTITY_ENDPOINT", endpoint), Secret.of(header), clientId);
    }

    private static URI authority(Map<String, String> environment) {
        String host = value(environment, "AZURE_AUTHORITY_HOST");
        if (host == null) return PUBLIC_CLOUD;
        return uri("AZURE_AUTHORITY_HOST", host.endsWith("/") ? host.substring(0, host.length() - 1) : host);
    }

    private static URI uri(String name, String value) {
        try {
            URI uri = URI.create(value.contains("://") ? value : "https://" + value);
            if (uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) return uri;
        } catch (IllegalArgumentException e) {
            // Said below, in our words.
        }
        throw new IllegalArgumentException(name + ": " + value + " (expected: https://host[/path])");
    }

    private static @Nullable String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
