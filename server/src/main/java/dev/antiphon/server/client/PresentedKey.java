package dev.antiphon.server.client;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where clients put their key, and where they may not. */
public final class PresentedKey {
    private static final String BEARER_PREFIX = "bearer ";
    private static final String API_KEY_HEADER = "api-key";
    private static final Set<String> PARAMETERS = Set.of("api-key", "api_key", "apikey", "authorization");

    private PresentedKey() {}

    /** @return null: there is none in the headers */
    public static @Nullable String of(HttpHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER_PREFIX)) {
            return authorization.substring(BEARER_PREFIX.length()).strip();
        }
        String apiKey = headers.get(API_KEY_HEADER);
        return apiKey == null ? null : apiKey.strip();
    }

    /** Whether it is a key that a parameter of a URI would hold: those end up in logs and histories. */
    public static boolean isOne(String parameterName) {
        return PARAMETERS.contains(parameterName.toLowerCase(Locale.ROOT));
    }
}
