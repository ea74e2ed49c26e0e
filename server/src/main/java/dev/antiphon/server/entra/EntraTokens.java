package dev.antiphon.server.entra;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.entra.EntraSettings.ClientSecret;
import dev.antiphon.server.entra.EntraSettings.Managed;
import dev.antiphon.server.entra.EntraSettings.Workload;
import dev.antiphon.server.upstream.AccessToken;
import dev.antiphon.server.upstream.TokenRefusedException;
import dev.antiphon.server.upstream.TokenSupplier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fetches Entra ID's tokens by one small request each, with the JDK's client: once an hour is no matter for the event
 * loops. Redirects are not followed: what proves who we are goes where the operator said.
 *
 * <p>Threading: thread-safe; files and answers are read on the JDK client's threads.
 */
public final class EntraTokens implements TokenSupplier {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_ANSWER_BYTES = 64 << 10;
    private static final int HTTP_OK = 200;
    private static final String METADATA_VERSION = "2018-02-01";
    private static final String APP_SERVICE_VERSION = "2019-08-01";

    private final EntraSettings settings;
    private final InstantSource wallClock;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    public EntraTokens(EntraSettings settings) {
        this(settings, InstantSource.system());
    }

    /** @param wallClock for answers that say until when, not how long */
    EntraTokens(EntraSettings settings, InstantSource wallClock) {
        this.settings = settings;
        this.wallClock = wallClock;
    }

    @Override
    public CompletionStage<AccessToken> get() {
        return CompletableFuture.supplyAsync(this::request)
                .thenCompose(request -> http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()))
                .thenApplyAsync(this::read);
    }

    private HttpRequest request() {
        if (settings.identity() instanceof ClientSecret client) {
            Map<String, String> form = form(client.clientId());
            form.put("client_secret", client.secret().value());
            return post(client.authority(), client.tenantId(), form);
        }
        if (settings.identity() instanceof Workload workload) {
            Map<String, String> form = form(workload.clientId());
            form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            form.put("client_assertion", assertion(workload));
            return post(workload.authority(), workload.tenantId(), form);
        }
        return ask((Managed) settings.identity());
    }

    private Map<String, String> form(String clientId) {
        Map<String, String> form = new TreeMap<>();
        form.put("client_id", clientId);
        form.put("grant_type", "client_credentials");
        form.put("scope", settings.scope());
        return form;
    }

    private static String assertion(Workload workload) {
        try {
            return Files.readString(workload.tokenFile()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HttpRequest post(URI authority, String tenantId, Map<String, String> form) {
        return HttpRequest.newBuilder(URI.create(authority + "/" + encoded(tenantId) + "/oauth2/v2.0/token"))
                .timeout(ANSWER_TIMEOUT)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(query(form)))
                .build();
    }

    private HttpRequest ask(Managed managed) {
        Secret header = managed.header();
        String scope = settings.scope();
        Map<String, String> query = new TreeMap<>();
        query.put("api-version", header == null ? METADATA_VERSION : APP_SERVICE_VERSION);
        query.put("resource", scope.substring(0, scope.length() - EntraSettings.DEFAULT_SUFFIX.length()));
        if (managed.clientId() != null) query.put("client_id", managed.clientId());
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(managed.endpoint() + "?" + query(query)))
                .timeout(ANSWER_TIMEOUT);
        if (header == null) request.header("Metadata", "true");
        else request.header("X-IDENTITY-HEADER", header.value());
        return request.GET().build();
    }

    private AccessToken read(HttpResponse<InputStream> answer) {
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != HTTP_OK) throw new TokenRefusedException(answer.statusCode(), "no token");
            @Nullable
            AccessToken token = TokenAnswer.read(
                    body.readNBytes(MAX_ANSWER_BYTES), wallClock.instant().getEpochSecond());
            if (token == null) throw new TokenRefusedException(HTTP_OK, "an answer without a usable token");
            return token;
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(parameter -> parameter.getKey() + '=' + encoded(parameter.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
