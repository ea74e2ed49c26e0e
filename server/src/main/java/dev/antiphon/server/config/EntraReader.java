package dev.antiphon.server.config;

import dev.antiphon.server.entra.EntraSettings;
import dev.antiphon.server.entra.EntraTokens;
import dev.antiphon.server.upstream.Credentials;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code auth}: Microsoft Entra ID in place of a key. What it does not say is taken from the variables that Azure's
 * own tools use.
 *
 * <p>Threading: stateless.
 */
final class EntraReader {
    private static final String FORMS = "client-secret, workload-identity or managed-identity";
    private static final String TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";

    private EntraReader() {}

    static Credentials read(Fields auth, Map<String, String> environment) {
        String form = auth.required("entra", FORMS);
        Map<String, String> variables = new HashMap<>();
        copy("AZURE_AUTHORITY_HOST", environment, variables);
        switch (form) {
            case "client-secret" -> {
                variables.put("AZURE_TENANT_ID", auth.required("tenant", "the directory's id"));
                variables.put("AZURE_CLIENT_ID", auth.required("client-id", "the application's id"));
                variables.put("AZURE_CLIENT_SECRET", auth.required("client-secret", "the application's secret"));
            }
            case "workload-identity" -> {
                for (String name : new String[] {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", TOKEN_FILE}) {
                    copy(name, environment, variables);
                    if (!variables.containsKey(name)) {
                        throw new ConfigFault(auth.placeOf("entra"), form, name + " in the environment");
                    }
                }
            }
            case "managed-identity" -> {
                copy("IDENTITY_ENDPOINT", environment, variables);
                copy("IDENTITY_HEADER", environment, variables);
                String clientId = auth.text("client-id");
                if (clientId != null) variables.put("AZURE_CLIENT_ID", clientId);
            }
            default -> throw new ConfigFault(auth.placeOf("entra"), form, FORMS);
        }
        String scope = auth.text("scope");
        auth.refuseUnknown();
        return token(auth.placeOf("entra"), variables, scope);
    }

    /** As the environment alone says it; null: it names no identity. */
    static @Nullable Credentials fromEnvironment(Map<String, String> environment) {
        boolean isNamed = environment.containsKey("AZURE_CLIENT_ID") || environment.containsKey("IDENTITY_ENDPOINT");
        return isNamed ? token("AZURE_CLIENT_ID", environment, null) : null;
    }

    /** @param scope null: Azure OpenAI's */
    private static Credentials token(String setting, Map<String, String> variables, @Nullable String scope) {
        try {
            EntraSettings settings = EntraSettings.fromEnvironment(variables);
            return new Credentials.Token(new EntraTokens(scope == null ? settings : settings.withScope(scope)));
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(setting + ": " + e.getMessage());
        }
    }

    private static void copy(String name, Map<String, String> from, Map<String, String> to) {
        String value = from.get(name);
        if (value != null && !value.isBlank()) to.put(name, value);
    }
}
