package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.Endpoint;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http.FullHttpRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From an operator's words to a request line and its headers, and no further with the key. */
@ExtendWith(NoBufferLeaks.class)
final class UpstreamEndpointTest {
    private static final Secret KEY = Secret.of("sk-canary-1234567890");

    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1, true, api.openai.com, 443, /v1/chat/completions, api.openai.com",
        "https://api.openai.com/v1/, true, api.openai.com, 443, /v1/chat/completions, api.openai.com",
        "HTTPS://api.openai.com:8443, true, api.openai.com, 8443, /chat/completions, api.openai.com:8443",
        "http://127.0.0.1:9000/v1, false, 127.0.0.1, 9000, /v1/chat/completions, 127.0.0.1:9000",
        "http://[::1]:80/a/b%20c, false, ::1, 80, /a/b%20c/chat/completions, [::1]",
    })
    void aBaseUrlNamesServerAndPath(
            String baseUrl, boolean tls, String host, int port, String target, String hostHeader) {
        UpstreamEndpoint endpoint = UpstreamEndpoint.openAi(baseUrl, Credentials.NONE);
        assertThat(endpoint.server()).isEqualTo(new UpstreamEndpoint.Server(tls, host, port));
        assertThat(endpoint.target(Endpoint.CHAT, "any")).isEqualTo(target);
        assertThat(endpoint.server().hostHeader()).isEqualTo(hostHeader);
    }

    @Test
    void azureNamesTheModelInThePath() {
        UpstreamEndpoint endpoint = UpstreamEndpoint.azure(
                "https://res.openai.azure.com/", "2025-01-01-preview", new Credentials.ApiKey(KEY));
        assertThat(endpoint.server()).isEqualTo(new UpstreamEndpoint.Server(true, "res.openai.azure.com", 443));
        assertThat(endpoint.target(Endpoint.CHAT, "gpt-audio"))
                .isEqualTo("/openai/deployments/gpt-audio/chat/completions?api-version=2025-01-01-preview");
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-transcribe, gpt-4o-transcribe",
        "a/../b, a%2F..%2Fb",
        ".., %2E%2E",
        "a?b#c%64, a%3Fb%23c%2564",
        "hé\\r\\n., h%C3%A9%0D%0A.",
    })
    void aModelInThePathCannotBecomeAnotherPath(String model, String segment) {
        UpstreamEndpoint endpoint = UpstreamEndpoint.azure(
                "https://res.openai.azure.com/", "2025-01-01-preview", new Credentials.ApiKey(KEY));
        assertThat(endpoint.target(
                        Endpoint.TRANSCRIPTIONS, model.replace("\\r", "\r").replace("\\n", "\n")))
                .isEqualTo("/openai/deployments/" + segment + "/audio/transcriptions?api-version=2025-01-01-preview");
    }

    @Test
    void othersHaveOnePathForAllModels() {
        UpstreamEndpoint endpoint = UpstreamEndpoint.openAi("https://host/v1/", Credentials.NONE);
        assertThat(endpoint.target(Endpoint.TRANSCRIPTIONS, "a/b")).isEqualTo("/v1/audio/transcriptions");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "api.openai.com/v1",
                "ftp://host/v1",
                "https:///v1",
                "https://ho st/v1",
                "https://host/v1\r\nX: y",
                "https://under_score/v1"
            })
    void whatIsNoHttpUrlIsRefusedByName(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UpstreamEndpoint.openAi(url, Credentials.NONE))
                .withMessageStartingWith("upstream URL: " + url + " (expected:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:sk-canary@host/v1",
                "https://host/v1?key=sk-canary",
                "https://host/v1#sk-canary",
                "https://ho st/v1?key=sk-canary"
            })
    void aUrlThatMayHoldAKeyIsRefusedWithoutBeingShown(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UpstreamEndpoint.openAi(url, Credentials.NONE))
                .withMessageNotContaining("canary")
                .withNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "a?b", "a b", "a\r\nb", "a%2fb"})
    void anApiVersionCannotBecomeMoreOfTheQuery(String version) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UpstreamEndpoint.azure("https://host", version, Credentials.NONE))
                .withMessageStartingWith("api-version: ");
    }

    @Test
    void credentialsStandInTheirHeaderAndInNoText() {
        Credentials bearer = new Credentials.Bearer(KEY);
        Credentials apiKey = new Credentials.ApiKey(KEY);
        assertThat(headerOf(bearer, "authorization")).isEqualTo("Bearer sk-canary-1234567890");
        assertThat(headerOf(bearer, "api-key")).isNull();
        assertThat(headerOf(apiKey, "api-key")).isEqualTo("sk-canary-1234567890");
        assertThat(headerOf(apiKey, "authorization")).isNull();
        UpstreamEndpoint endpoint = UpstreamEndpoint.openAi("https://host/v1", bearer);
        assertThat(UpstreamSettings.of(endpoint).toString()).contains("host").doesNotContain("canary");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sk canary", "sk-canary\r\nX: y", "sk-canary\u00e9", "sk-canary\n"})
    void aKeyThatCannotStandInAHeaderIsRefusedWithoutBeingShown(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Secret.of(key))
                .withMessageStartingWith("key: ")
                .withMessageNotContaining("canary");
    }

    private static @Nullable String headerOf(Credentials credentials, String name) {
        UpstreamRequests requests = new UpstreamRequests(UpstreamEndpoint.openAi("https://host/v1", credentials));
        FullHttpRequest request = requests.chat(LoopbackClient.HELLO, PooledByteBufAllocator.DEFAULT)
                .takeLast();
        try {
            return request.headers().get(name);
        } finally {
            request.release();
        }
    }
}
