package dev.antiphon.server.config;

import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.ProxySettings;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Protocol;
import dev.antiphon.upstream.Dialect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads {@code upstreams}: the list of servers.
 *
 * <p>Threading: confined to its caller.
 */
final class UpstreamsReader {
    /** The dialect of the embedded model. */
    static final String TWIN = "twin";

    private static final String AZURE = Dialect.AZURE.name();
    private static final Map<String, Protocol> PROTOCOLS =
            Map.of("auto", Protocol.AUTO, "http/1.1", Protocol.HTTP1, "http/2", Protocol.HTTP2);
    private static final int MOST_WEIGHT = 1_000;
    private static final int MOST_BREAKER_FAILURES = 1_000;
    private static final int MOST_MILLIS = 600_000;

    private final Map<String, String> environment;
    private final Map<String, Dialect> dialects;
    private final Deadlines usual;
    private final TwinSettings twin;

    /** @param usual of servers that say nothing else */
    UpstreamsReader(
            Map<String, String> environment, Map<String, Dialect> dialects, Deadlines usual, TwinSettings twin) {
        this.environment = environment;
        this.dialects = dialects;
        this.usual = usual;
        this.twin = twin;
    }

    List<Upstream> read(Object section) {
        if (!(section instanceof List<?> entries) || entries.isEmpty()) {
            throw new ConfigFault("upstreams", String.valueOf(section), "a list of servers");
        }
        List<Upstream> upstreams = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            Fields fields = Fields.of("upstreams[" + i + ']', entries.get(i));
            Upstream upstream = upstream(fields);
            fields.refuseUnknown();
            if (!names.add(upstream.name())) {
                throw new ConfigFault(fields.placeOf("name"), upstream.name(), "a name no other server has");
            }
            upstreams.add(upstream);
        }
        return upstreams;
    }

    private Upstream upstream(Fields fields) {
        String name = fields.required("name", "a name for routes and logs");
        String dialect = fields.text("dialect", Dialect.OPENAI.name());
        boolean isEmbedded = fields.flag("embedded", dialect.equals(TWIN));
        return new Upstream(
                name,
                isEmbedded ? new Upstream.Server.Embedded(twin) : remote(fields, dialect),
                fields.text("model"),
                fields.whole("weight", Upstream.DEFAULT_WEIGHT, 1, MOST_WEIGHT),
                fields.whole("first-audio-millis", Upstream.DEFAULT_FIRST_AUDIO_MILLIS, 1, MOST_MILLIS),
                fields.whole("breaker-failures", Upstream.DEFAULT_BREAKER_FAILURES, 0, MOST_BREAKER_FAILURES));
    }

    private Upstream.Server.Remote remote(Fields fields, String dialectName) {
        Dialect dialect = dialects.get(dialectName);
        if (dialect == null) throw new ConfigFault(fields.placeOf("dialect"), dialectName, dialectNames(dialects));
        UpstreamSettings settings = UpstreamSettings.of(endpoint(fields, dialect))
                .withProtocol(fields.oneOf("protocol", PROTOCOLS, Protocol.AUTO))
                .withProxies(proxies(fields))
                .withDeadlines(new Deadlines(
                        fields.whole("connect-millis", usual.connectMillis(), 1, MOST_MILLIS),
                        fields.whole("first-byte-millis", usual.firstByteMillis(), 1, MOST_MILLIS),
                        fields.whole("idle-millis", usual.idleMillis(), 1, MOST_MILLIS),
                        fields.whole("grace-millis", usual.graceMillis(), 1, MOST_MILLIS)));
        String certificates = fields.text("certificates");
        if (certificates != null) settings = settings.withTrustedCertificates(Path.of(certificates));
        return new Upstream.Server.Remote(settings);
    }

    private UpstreamEndpoint endpoint(Fields fields, Dialect dialect) {
        String url = fields.text("url");
        String apiVersion = fields.text("api-version");
        Credentials credentials = credentials(fields, dialect);
        if (url == null) {
            if (dialect.baseUrl() == null) throw new ConfigFault(fields.placeOf("url"), "not set", "the base URL");
            if (credentials == Credentials.NONE) {
                throw new ConfigFault(fields.placeOf("key"), "not set", "a key for " + dialect.baseUrl());
            }
            url = dialect.baseUrl();
        }
        if (dialect.name().equals(AZURE) && credentials == Credentials.NONE) {
            throw new ConfigFault(fields.placeOf("key"), "not set", "the resource's key, or auth");
        }
        return Endpoints.of(fields.placeOf("url"), url, dialect, credentials, apiVersion);
    }

    private Credentials credentials(Fields fields, Dialect dialect) {
        String key = fields.text("key");
        String variable = fields.text("key-env");
        Fields auth = fields.nested("auth");
        if (auth != null && (key != null || variable != null)) {
            throw new ConfigFault(fields.placeOf("auth"), "set", "a key or auth, not both");
        }
        if (auth != null) return EntraReader.read(auth, environment);
        if (key != null && variable != null) {
            throw new ConfigFault(fields.placeOf("key-env"), variable, "key or key-env, not both");
        }
        if (variable != null) {
            key = environment.get(variable);
            if (key == null || key.isBlank()) {
                throw new ConfigFault(fields.placeOf("key-env"), variable, "a variable that is set");
            }
        }
        return Endpoints.credentials(fields.placeOf(variable == null ? "key" : "key-env"), key, dialect);
    }

    /** Without a word here, as the environment says. */
    private ProxySettings proxies(Fields fields) {
        String proxy = fields.text("proxy");
        try {
            if (proxy == null) return ProxySettings.fromEnvironment(environment);
            return proxy.equals("none")
                    ? ProxySettings.NONE
                    : ProxySettings.fromEnvironment(Map.of("all_proxy", proxy));
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(
                    fields.placeOf("proxy"), "(not shown)", "none, or http://[user:password@]host[:port]");
        }
    }

    static String dialectNames(Map<String, Dialect> dialects) {
        Set<String> names = new TreeSet<>(dialects.keySet());
        names.add(TWIN);
        return "one of " + String.join(", ", names);
    }
}
