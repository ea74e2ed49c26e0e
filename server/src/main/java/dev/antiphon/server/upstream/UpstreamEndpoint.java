package dev.antiphon.server.upstream;

import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where requests go. All of it comes from the operator, none from a client, but the model where the path names it.
 *
 * <p>Threading: immutable.
 *
 * @param basePath before the dialect's own paths; without a slash at its end
 * @param query behind every path, without its question mark; empty: none
 */
public record UpstreamEndpoint(Server server, String basePath, String query, Dialect dialect, Credentials credentials) {
    private static final Pattern PATH_SEGMENT = Pattern.compile("[A-Za-z0-9._~-]+");
    private static final String MODEL = "{model}";

    /**
     * The form of OpenAI, of Azure's v1 and of most others.
     *
     * @param baseUrl {@code https://host[:port]/v1}
     */
    public static UpstreamEndpoint openAi(String baseUrl, Credentials credentials) {
        return of(baseUrl, Dialect.OPENAI, credentials);
    }

    /**
     * A server that speaks {@code dialect}.
     *
     * @param baseUrl {@code https://host[:port][/path]}
     */
    public static UpstreamEndpoint of(String baseUrl, Dialect dialect, Credentials credentials) {
        URI base = parse(baseUrl);
        return new UpstreamEndpoint(Server.of(base, baseUrl), pathOf(base), "", dialect, credentials);
    }

    /**
     * Azure's classic form, where the path names the model, which is the name of a deployment.
     *
     * @param endpoint {@code https://resource.openai.azure.com}
     * @param apiVersion {@code 2025-01-01-preview} is the first with audio
     */
    public static UpstreamEndpoint azure(String endpoint, String apiVersion, Credentials credentials) {
        URI base = parse(endpoint);
        return new UpstreamEndpoint(
                Server.of(base, endpoint),
                pathOf(base) + "/openai",
                "api-version=" + segment("api-version", apiVersion),
                Dialect.AZURE,
                credentials);
    }

    /**
     * Path and query as they stand in the request line.
     *
     * @param model as the server names it; may be any text
     */
    public String target(Endpoint endpoint, String model) {
        String path = dialect.paths().of(endpoint);
        int at = path.indexOf(MODEL);
        if (at >= 0) path = path.substring(0, at) + encoded(model) + path.substring(at + MODEL.length());
        String target = basePath + path;
        return query.isEmpty() ? target : target + '?' + query;
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

    /** A client may have chosen it: it must not become another path (RFC 3986 §2.3, §3.3). */
    private static String encoded(String segment) {
        StringBuilder encoded = new StringBuilder(segment.length());
        boolean isDots = segment.chars().allMatch(c -> c == '.');
        for (byte octet : segment.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            boolean isPlain = c < 0x80 && (Character.isLetterOrDigit(c) || "._~-".indexOf(c) >= 0) && !isDots;
            if (isPlain) encoded.append(c);
            else encoded.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
        }
        return encoded.toString();
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
