package dev.antiphon.server.entra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.ScriptedUpstream.Request;
import dev.antiphon.server.upstream.AccessToken;
import dev.antiphon.server.upstream.TokenRefusedException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing in with Entra ID, as the environment says it. */
@Timeout(60)
final class EntraTokensTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
    private static final String TOKEN = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"eyJ.t\"}";

    private final ScriptedUpstream authority = ScriptedUpstream.open();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    static Path folder;

    @AfterEach
    void close() throws IOException {
        authority.close();
    }

    @Test
    void aClientProvesItselfWithItsSecret() throws Exception {
        CompletableFuture<AccessToken> token = ask(with("AZURE_CLIENT_SECRET", "s~ecret&"));
        Connection connection = authority.accept();
        Request request = connection.readRequest();
        assertThat(request.line()).isEqualTo("POST /tenant/oauth2/v2.0/token HTTP/1.1");
        assertThat(request.headers()).containsEntry("content-type", "application/x-www-form-urlencoded");
        assertThat(request.body())
                .isEqualTo("client_id=client&client_secret=s%7Eecret%26&grant_type=client_credentials"
                        + "&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default");
        answer(connection, 200, TOKEN);
        assertThat(token.get(5, TimeUnit.SECONDS).token().value()).isEqualTo("eyJ.t");
        assertThat(token.get().lifeSeconds()).isEqualTo(3_599);
    }

    @Test
    void aWorkloadsFileIsReadAnewEachTime() throws Exception {
        Path file = folder.resolve("token");
        EntraTokens tokens = tokens(with("AZURE_FEDERATED_TOKEN_FILE", file.toString()));
        for (String assertion : new String[] {"first", "second"}) {
            Files.writeString(file, assertion + "\n");
            CompletableFuture<AccessToken> token = tokens.get().toCompletableFuture();
            Connection connection = authority.accept();
            assertThat(connection.readRequest().body())
                    .startsWith("client_assertion=" + assertion + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth"
                            + "%3Aclient-assertion-type%3Ajwt-bearer&client_id=client&");
            answer(connection, 200, TOKEN);
            token.get(5, TimeUnit.SECONDS);
            connection.close();
        }
    }

    @Test
    void aWorkloadWithoutItsFileGetsNone() {
        CompletableFuture<AccessToken> token =
                ask(with("AZURE_FEDERATED_TOKEN_FILE", folder.resolve("absent").toString()));
        assertThatThrownBy(() -> token.get(5, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
    }

    @Test
    void anAppServiceIsAskedWithItsHeader() throws Exception {
        CompletableFuture<AccessToken> token = ask(Map.of(
                "IDENTITY_ENDPOINT", "http://127.0.0.1:" + authority.port() + "/msi/token",
                "IDENTITY_HEADER", "canary",
                "AZURE_CLIENT_ID", "client"));
        Connection connection = authority.accept();
        Request request = connection.readRequest();
        assertThat(request.line())
                .isEqualTo("GET /msi/token?api-version=2019-08-01&client_id=client"
                        + "&resource=https%3A%2F%2Fcognitiveservices.azure.com HTTP/1.1");
        assertThat(request.headers())
                .containsEntry("x-identity-header", "canary")
                .doesNotContainKey("metadata");
        answer(connection, 200, "{\"access_token\":\"eyJ.t\",\"expires_on\":\"1000600\",\"resource\":{\"a\":[1]}}");
        assertThat(token.get(5, TimeUnit.SECONDS).lifeSeconds()).isEqualTo(600);
    }

    @Test
    void aVirtualMachineIsAskedAtItsMetadataService() throws Exception {
        EntraSettings.Managed machine =
                (EntraSettings.Managed) EntraSettings.fromEnvironment(Map.of()).identity();
        assertThat(machine.endpoint()).hasToString("http://169.254.169.254/metadata/identity/oauth2/token");
        EntraSettings.Managed here = new EntraSettings.Managed(
                URI.create("http://127.0.0.1:" + authority.port() + "/metadata/identity/oauth2/token"), null, null);
        CompletableFuture<AccessToken> token = new EntraTokens(
                        new EntraSettings(here, EntraSettings.OPENAI_SCOPE), () -> NOW)
                .get()
                .toCompletableFuture();
        Connection connection = authority.accept();
        Request request = connection.readRequest();
        assertThat(request.line()).startsWith("GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=");
        assertThat(request.headers()).containsEntry("metadata", "true");
        answer(connection, 200, "{\"access_token\":\"eyJ.t\",\"expires_in\":\"86399\",\"expires_on\":\"5\"}");
        assertThat(token.get(5, TimeUnit.SECONDS).lifeSeconds()).isEqualTo(86_399);
    }

    @Test
    void aRefusalIsToldWithItsStatusAndNothingOfItsText() throws Exception {
        CompletableFuture<AccessToken> token = ask(with("AZURE_CLIENT_SECRET", "s"));
        Connection connection = authority.accept();
        connection.readRequest();
        answer(connection, 401, "{\"error\":\"invalid_client\",\"error_description\":\"canary\"}");
        assertThatThrownBy(() -> token.get(5, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(TokenRefusedException.class)
                .hasMessage("token: status 401, no token")
                .extracting(cause -> ((TokenRefusedException) cause).httpStatus())
                .isEqualTo(401);
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (ScriptedUpstream elsewhere = ScriptedUpstream.open()) {
            CompletableFuture<AccessToken> token = ask(with("AZURE_CLIENT_SECRET", "s"));
            Connection connection = authority.accept();
            connection.readRequest();
            connection.send(ScriptedUpstream.head(
                    "HTTP/1.1 307 Elsewhere", "Location: " + elsewhere.baseUrl(), "Content-Length: 0"));
            assertThatThrownBy(() -> token.get(5, TimeUnit.SECONDS)).cause().isInstanceOf(TokenRefusedException.class);
            assertThat(elsewhere.hasConnection()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{\"access_token\":\"canary\"}",
                "{\"access_token\":\"canary\",\"expires_in\":0}",
                "{\"access_token\":\"canary\",\"expires_on\":\"999999\"}",
                "{\"access_token\":\"canary with a blank\",\"expires_in\":10}",
                "{\"access_token\":[\"canary\"],\"expires_in\":10}",
                "{\"expires_in\":10}"
            })
    void anAnswerWithoutAUsableTokenIsNone(String body) throws Exception {
        CompletableFuture<AccessToken> token = ask(with("AZURE_CLIENT_SECRET", "s"));
        Connection connection = authority.accept();
        connection.readRequest();
        answer(connection, 200, body);
        assertThatThrownBy(() -> token.get(5, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(TokenRefusedException.class)
                .hasMessageNotContaining("canary");
    }

    @Test
    void aSecretGoesBeforeAFileAndBothBeforeAManagedIdentity() {
        Map<String, String> environment = new HashMap<>(with("AZURE_CLIENT_SECRET", "s"));
        environment.put("AZURE_FEDERATED_TOKEN_FILE", "/f");
        environment.put("IDENTITY_ENDPOINT", "http://127.0.0.1/");
        environment.put("IDENTITY_HEADER", "h");
        assertThat(EntraSettings.fromEnvironment(environment).identity())
                .isInstanceOf(EntraSettings.ClientSecret.class);
        environment.remove("AZURE_CLIENT_SECRET");
        assertThat(EntraSettings.fromEnvironment(environment).identity()).isInstanceOf(EntraSettings.Workload.class);
        environment.remove("AZURE_TENANT_ID");
        assertThat(EntraSettings.fromEnvironment(environment).identity()).isInstanceOf(EntraSettings.Managed.class);
    }

    @Test
    void anAuthorityThatIsNoAddressStopsTheStart() {
        Map<String, String> environment = new HashMap<>(with("AZURE_CLIENT_SECRET", "s"));
        environment.put("AZURE_AUTHORITY_HOST", "https://u:p@host");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EntraSettings.fromEnvironment(environment))
                .withMessageContaining("AZURE_AUTHORITY_HOST");
    }

    private Map<String, String> with(String name, String value) {
        return Map.of(
                "AZURE_TENANT_ID",
                "tenant",
                "AZURE_CLIENT_ID",
                "client",
                "AZURE_AUTHORITY_HOST",
                "http://127.0.0.1:" + authority.port() + "/",
                name,
                value);
    }

    private static EntraTokens tokens(Map<String, String> environment) {
        return new EntraTokens(EntraSettings.fromEnvironment(environment), () -> NOW);
    }

    private static CompletableFuture<AccessToken> ask(Map<String, String> environment) {
        return tokens(environment).get().toCompletableFuture();
    }

    private static void answer(Connection connection, int status, String body) throws IOException {
        connection.send("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }
}
