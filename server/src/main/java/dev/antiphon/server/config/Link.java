package dev.antiphon.server.config;

import dev.antiphon.server.auth.Secret;
import org.jspecify.annotations.Nullable;

/**
 * How a server is connected to, beyond its address.
 *
 * <p>Threading: immutable.
 *
 * @param proxy a URL; null: as the environment says
 * @param entra null: a key, or nothing
 */
public record Link(
        Protocol protocol, @Nullable String proxy, @Nullable Entra entra) {
    public static final Link DEFAULT = new Link(Protocol.AUTO, null, null);

    public enum Protocol {
        /** What the server offers, the newer first. */
        AUTO,
        HTTP_1_1,
        HTTP_2
    }

    /** Microsoft Entra ID instead of a key. */
    public sealed interface Entra {
        record ClientSecret(String tenant, String clientId, Secret secret) implements Entra {}

        /** As the environment of the pod says: {@code AZURE_FEDERATED_TOKEN_FILE} and its neighbours. */
        record WorkloadIdentity() implements Entra {}

        /** @param clientId of a user-assigned identity; null: the machine's own */
        record ManagedIdentity(@Nullable String clientId) implements Entra {}
    }
}
