package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.antiphon.server.upstream.ProxySettings.Proxy;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The environment's usual words for proxies. */
final class ProxySettingsTest {
    @Test
    void nothingSetMeansTheWayIsDirect() {
        assertThat(ProxySettings.fromEnvironment(Map.of())).isEqualTo(ProxySettings.NONE);
        assertThat(ProxySettings.fromEnvironment(Map.of("HTTPS_PROXY", " ", "no_proxy", "")))
                .isEqualTo(ProxySettings.NONE);
    }

    @Test
    void theSchemeOfTheServerChoosesTheProxy() {
        ProxySettings proxies = ProxySettings.fromEnvironment(
                Map.of("HTTPS_PROXY", "http://secure:1", "HTTP_PROXY", "plain:2", "ALL_PROXY", "other:3"));
        assertThat(host(proxies, true, "h", 443)).isEqualTo("secure");
        assertThat(host(proxies, false, "h", 80)).isEqualTo("plain");
    }

    @Test
    void allProxyFillsTheGapsAndLowerCaseGoesFirst() {
        ProxySettings proxies =
                ProxySettings.fromEnvironment(Map.of("all_proxy", "low:3", "ALL_PROXY", "high:3", "http_proxy", "p:1"));
        assertThat(host(proxies, true, "h", 443)).isEqualTo("low");
        assertThat(host(proxies, false, "h", 80)).isEqualTo("p");
    }

    @Test
    void userAndPasswordAreUnescaped() {
        ProxySettings proxies = ProxySettings.fromEnvironment(Map.of("https_proxy", "http://u%40x:p%3A+w@[::1]:3128/"));
        Proxy proxy = Objects.requireNonNull(proxies.on(server(true, "h", 443)));
        assertThat(proxy.host()).isEqualTo("::1");
        assertThat(proxy.port()).isEqualTo(3128);
        assertThat(proxy.user()).isEqualTo("u@x");
        assertThat(Objects.requireNonNull(proxy.password()).value()).isEqualTo("p:+w");
        assertThat(proxy.toString()).doesNotContain("p:+w");
    }

    @Test
    void withoutAPortItIsEighty() {
        Proxy proxy = ProxySettings.fromEnvironment(Map.of("https_proxy", "proxy.example"))
                .on(server(true, "h", 443));
        assertThat(proxy).isEqualTo(new Proxy("proxy.example", 80, null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://u:canary@proxy:1",
                "socks5://u:canary@proxy:1",
                "http://u:canary@proxy:1/path",
                "http://u:canary@pro xy",
                "http://u:canary@"
            })
    void whatIsNoPlainProxyStopsTheStartAndIsNotQuoted(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProxySettings.fromEnvironment(Map.of("HTTPS_PROXY", value)))
                .withMessageContaining("https_proxy")
                .withNoCause()
                .extracting(Throwable::getMessage)
                .asString()
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "*, api.example, 443, true",
        "api.example, api.example, 443, true",
        "API.Example, api.example, 443, true",
        "example, api.example, 443, true",
        ".example, api.example, 443, true",
        "*.example, api.example, 443, true",
        "example., api.example, 443, false",
        "ple, api.example, 443, false",
        "api.example:443, api.example, 443, true",
        "api.example:444, api.example, 443, false",
        "'a.b, ,api.example', api.example, 443, true",
        "10.1.2.3, 10.1.2.3, 443, true",
        "2.3, 10.1.2.3, 443, false",
        "::1, ::1, 443, true",
        "[::1]:443, ::1, 443, true",
        "[::1]:80, ::1, 443, false",
        "10.0.0.0/8, 10.1.2.3, 443, false",
    })
    void noProxyNamesHostsDomainsAndPorts(String exceptions, String host, int port, boolean isDirect) {
        ProxySettings proxies = ProxySettings.fromEnvironment(Map.of("https_proxy", "proxy:1", "NO_PROXY", exceptions));
        assertThat(proxies.on(server(true, host, port)) == null).isEqualTo(isDirect);
    }

    private static @Nullable String host(ProxySettings proxies, boolean tls, String host, int port) {
        Proxy proxy = proxies.on(server(tls, host, port));
        return proxy == null ? null : proxy.host();
    }

    private static UpstreamEndpoint.Server server(boolean tls, String host, int port) {
        return new UpstreamEndpoint.Server(tls, host, port);
    }
}
