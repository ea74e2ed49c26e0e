package dev.antiphon.server.upstream;

import dev.antiphon.server.auth.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which servers are reached through which proxy, as the environment says it to most programs. The way is a tunnel
 * ({@code CONNECT}) in either case: the proxy sees neither key nor speech.
 *
 * <p>Threading: immutable.
 *
 * @param forHttps for servers with TLS; null: none
 * @param forHttp for servers without; null: none
 * @param exceptions servers that are reached directly: {@code *}, a host, or a domain with or without a dot before it,
 *     each with or without a port; in lower case
 */
public record ProxySettings(
        @Nullable Proxy forHttps, @Nullable Proxy forHttp, List<String> exceptions) {
    public static final ProxySettings NONE = new ProxySettings(null, null, List.of());

    private static final int DEFAULT_PORT = 80;

    public ProxySettings {
        exceptions = List.copyOf(exceptions);
    }

    /**
     * Reads {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}; the names in lower case go
     * first, and an empty value is none.
     *
     * @throws IllegalArgumentException a proxy that is not {@code [http://][user:password@]host[:port]}; the message does
     *     not quote it
     */
    public static ProxySettings fromEnvironment(Map<String, String> environment) {
        Proxy forAll = proxy(environment, "all_proxy");
        Proxy forHttps = proxy(environment, "https_proxy");
        Proxy forHttp = proxy(environment, "http_proxy");
        String exceptions = value(environment, "no_proxy");
        return new ProxySettings(
                forHttps == null ? forAll : forHttps,
                forHttp == null ? forAll : forHttp,
                Arrays.stream(exceptions.toLowerCase(Locale.ROOT).split("[,\\s]+", -1))
                        .filter(exception -> !exception.isEmpty())
                        .toList());
    }

    /** The proxy on the way to {@code server}; null: the way is direct. */
    @Nullable
    Proxy on(UpstreamEndpoint.Server server) {
        for (String exception : exceptions) if (covers(exception, server)) return null;
        return server.tls() ? forHttps : forHttp;
    }

    /**
     * One proxy.
     *
     * @param host a name or a literal address, without the brackets of IPv6
     * @param user null: the proxy asks for none
     * @param password null: empty
     */
    public record Proxy(
            String host,
            int port,
            @Nullable String user,
            @Nullable Secret password) {}

    /** A trailing {@code :port} narrows it; a leading dot says no more than its absence, as with curl. */
    private static boolean covers(String exception, UpstreamEndpoint.Server server) {
        if (exception.equals("*")) return true;
        String host = server.host().toLowerCase(Locale.ROOT);
        if (host.endsWith(".")) host = host.substring(0, host.length() - 1);
        String name = exception;
        int colon = exception.lastIndexOf(':');
        boolean isPort = colon > 0 && (exception.indexOf(':') == colon || exception.charAt(colon - 1) == ']');
        if (isPort) {
            if (!exception.substring(colon + 1).equals(String.valueOf(server.port()))) return false;
            name = exception.substring(0, colon);
        }
        if (name.startsWith("[") && name.endsWith("]")) name = name.substring(1, name.length() - 1);
        if (name.startsWith("*.")) name = name.substring(1);
        if (name.startsWith(".")) name = name.substring(1);
        if (name.isEmpty()) return false;
        boolean isAddress = host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        return host.equals(name) || (!isAddress && host.endsWith('.' + name));
    }

    private static @Nullable Proxy proxy(Map<String, String> environment, String name) {
        String value = value(environment, name);
        if (value.isEmpty()) return null;
        try {
            URI uri = new URI(value.contains("://") ? value : "http://" + value);
            String host = uri.getHost();
            boolean hasPath = uri.getRawPath() != null
                    && !uri.getRawPath().isEmpty()
                    && !uri.getRawPath().equals("/");
            if (host == null || !"http".equalsIgnoreCase(uri.getScheme()) || hasPath) throw illegal(name);
            boolean bracketed = host.startsWith("[");
            String userInfo = uri.getRawUserInfo();
            int colon = userInfo == null ? -1 : userInfo.indexOf(':');
            String user = userInfo == null || colon < 0 ? userInfo : userInfo.substring(0, colon);
            String password = userInfo == null || colon < 0 ? "" : decoded(userInfo.substring(colon + 1));
            return new Proxy(
                    bracketed ? host.substring(1, host.length() - 1) : host,
                    uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                    user == null ? null : decoded(user),
                    password.isEmpty() ? null : Secret.of(password));
        } catch (URISyntaxException e) {
            // Not the cause: it quotes the value, and with it the password.
            throw illegal(name);
        }
    }

    private static String decoded(String escaped) {
        // A plus is a plus here, not a blank.
        return URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String value(Map<String, String> environment, String name) {
        String lower = environment.get(name);
        String value = lower == null ? environment.get(name.toUpperCase(Locale.ROOT)) : lower;
        return value == null ? "" : value.strip();
    }

    private static IllegalArgumentException illegal(String name) {
        return new IllegalArgumentException(
                name + ": (not shown) (expected: [http://][user:password@]host[:port], with TLS or SOCKS: none)");
    }
}
