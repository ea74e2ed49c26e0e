package dev.antiphon.server.upstream;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where chat-completions requests go. All of it comes from the operator, none from a client.
 *
 * <p>Threading: immutable.
 *
 * @param requestTarget path and query as they stand in the request line
 */
public record UpstreamEndpoint(Server server, String requestTarget, Credentials credentials) {
    private static final Pattern PATH_SEGMENT = Pattern.compile("[A-Za-z0-9._~-]+");

    /**
     * The form of OpenAI, of Azure's v1 and of most others.
     *
     * @param baseUrl {@code https://host[:port]/v1}; {@code /chat/completions} is appended
     */
    public static UpstreamEndpoint openAi(String baseUrl, Credentials credentials) {
        URI base = parse(baseUrl);
        return new UpstreamEndpoint(Server.of(base, baseUrl), pathOf(base) + "/chat/completions", credentials);
    }

    /**
     * Azure's classic form, where the path names the model.
     *
     * @param endpoint {@code https://resource.openai.azure.com}
     * @param apiVersion {@code 2025-01-01-preview} is the first with audio
     */
    public static UpstreamEndpoint azure(
            String endpoint, String deployment, String apiVersion, Credentials credentials) {
        URI base = parse(endpoint);
        return new UpstreamEndpoint(
                Server.of(base, endpoint),
                pathOf(base) + "/openai/deployments/" + segment("deployment", deployment)
                        + "/chat/completions?api-version=" + segment("api-version", apiVersion),
                credentials);
    }

    /**
     * A server as a URL names it.
     *
     * @param host a name or a literal address, without the brackets of IPv6
     */
    public record Server(boolean tls, String host, int port) {
        private static Server of(URI base, String text) {
            boolean tls = "https".equalsIgnoreCase(base.getScheme());
            String host = base.getHost();
            if (host == null || !(tls || "http".equalsIgnoreCase(base.getScheme()))) throw illegal(text, null);
            boolean bracketed = host.startsWith("[");
            return new Server(
                    tls, bracketed ? host.substring(1, host.length() - 1) : host, portOf(base.getPort(), tls));
        }

        /** The {@code Host} header: the port only where it is not the scheme's own. */
        String hostHeader() {
            String name = host.indexOf(':') < 0 ? host : '[' + host + ']';
            return port == portOf(-1, tls) ? name : name + ':' + port;
        }

        private static int portOf(int port, boolean tls) {
            if (port >= 0) return port;
            return tls ? 443 : 80;
        }
    }

    private static URI parse(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
                throw illegal(url, null);
            }
            return uri;
        } catch (URISyntaxException e) {
            throw illegal(url, e);
        }
    }

    private static String pathOf(URI base) {
        String path = base.getRawPath() == null ? "" : base.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static String segment(String what, String text) {
        if (PATH_SEGMENT.matcher(text).matches()) return text;
        throw new IllegalArgumentException(what + ": " + text + " (expected: letters, digits, . _ ~ -)");
    }

    /** A refused URL that may hold a key, in its user part or its query, is not quoted. */
    private static IllegalArgumentException illegal(String url, @Nullable URISyntaxException cause) {
        boolean mayHoldKey = url.chars().anyMatch(c -> c == '@' || c == '?' || c == '#');
        return new IllegalArgumentException(
                "upstream URL: " + (mayHoldKey ? "(not shown)" : url)
                        + " (expected: http[s]://host[:port][/path], without user, query or fragment)",
                mayHoldKey ? null : cause);
    }
}
