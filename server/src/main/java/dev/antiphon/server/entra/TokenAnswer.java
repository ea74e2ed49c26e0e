package dev.antiphon.server.entra;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.upstream.AccessToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a token's giver answers.
 *
 * <pre>
 * {"token_type":"Bearer","expires_in":3599,"access_token":"eyJ0…"}                 the authority
 * {"access_token":"eyJ0…","expires_in":"86399","expires_on":"1763650000",…}        a virtual machine: numbers as text
 * {"access_token":"eyJ0…","expires_on":"1763650000",…}                             an app service: until when only
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
final class TokenAnswer {
    private static final JsonFactory JSON = new JsonFactory();

    private @Nullable String token;
    private long expiresInSeconds = -1; // negative: not said
    private long expiresOnUnixSeconds = -1;

    private TokenAnswer() {}

    /** @return null: no token, none that can stand in a header, or one that has expired */
    static @Nullable AccessToken read(byte[] body, long nowUnixSeconds) {
        TokenAnswer answer = new TokenAnswer();
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) return null;
            answer.readObject(json);
            if (answer.token == null) return null;
            long lifeSeconds = answer.expiresInSeconds;
            if (lifeSeconds < 0 && answer.expiresOnUnixSeconds >= 0) {
                lifeSeconds = answer.expiresOnUnixSeconds - nowUnixSeconds;
            }
            return lifeSeconds <= 0 ? null : new AccessToken(Secret.of(answer.token), lifeSeconds);
        } catch (IOException | IllegalArgumentException e) {
            // Neither is passed on: both may quote the token.
            return null;
        }
    }

    private void readObject(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "access_token" -> token = value == JsonToken.VALUE_STRING ? json.getText() : null;
                case "expires_in" -> expiresInSeconds = json.getValueAsLong(-1);
                case "expires_on" -> expiresOnUnixSeconds = json.getValueAsLong(-1);
                default -> json.skipChildren();
            }
        }
    }
}
