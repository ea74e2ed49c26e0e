package dev.antiphon.server.config;

import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.ProxySettings;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.upstream.Dialect;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads who answers: the one server of {@code ANTIPHON_UPSTREAM_…}, {@code upstream} and the usual names, the list of
 * {@code upstreams}, or the embedded model.
 *
 * <p>Threading: confined to its caller.
 */
final class ModelReader {
    private static final String DEFAULT_OPENAI_MODEL = "gpt-audio-1.5";
    private static final List<String> ONE_SERVER = List.of("url", "key", "model", "dialect", "certificates");

    private final Map<String, String> environment;
    private final Settings settings;
    private final Map<String, Dialect> dialects;

    ModelReader(Map<String, String> environment, Settings settings, Map<String, Dialect> dialects) {
        this.environment = environment;
        this.settings = settings;
        this.dialects = dialects;
    }

    /**
     * @param upstreams null: at most one server
     * @param models null: every model is asked everywhere
     */
    Model read(@Nullable Object upstreams, @Nullable Object models) {
        if (upstreams != null) return several(upstreams, models);
        if (models != null) throw new ConfigFault("models", "set", "upstreams beside it, which they name");
        return one();
    }

    private Model several(Object upstreams, @Nullable Object models) {
        for (String name : ONE_SERVER) {
            if (text(name) == null) continue;
            throw new ConfigFault(nameOf(name), "set", "nothing beside upstreams, where each server says its own");
        }
        List<Upstream> servers = new UpstreamsReader(environment, dialects, deadlines(), twin()).read(upstreams);
        return new Model.Routed(new RoutesReader(servers).read(models));
    }

    private Model one() {
        String url = text("url");
        String key = text("key");
        String model = text("model");
        String dialectName = text("dialect");
        String apiVersion = settings.text("OPENAI_API_VERSION", "upstream.api-version");
        String certificates = text("certificates");
        Deadlines deadlines = deadlines();
        TwinSettings twin = twin();
        if (url == null && key == null && model == null && dialectName == null) {
            dialectName = dialectOfUsualNames();
            if (dialectName == null) return new Model.Embedded(twin);
        }
        if (UpstreamsReader.TWIN.equals(dialectName)) return new Model.Embedded(twin);
        Dialect dialect = dialectName == null ? Dialect.OPENAI : dialects.get(dialectName);
        if (dialect == null) {
            throw new ConfigFault(
                    nameOf("dialect"), String.valueOf(dialectName), UpstreamsReader.dialectNames(dialects));
        }
        boolean azure = dialect.equals(Dialect.AZURE);
        if (url == null && azure) url = environment.get("AZURE_OPENAI_ENDPOINT");
        if (url == null && dialect.equals(Dialect.OPENAI)) url = environment.get("OPENAI_BASE_URL");
        if (key == null && azure) key = environment.get("AZURE_OPENAI_API_KEY");
        if (key == null && dialect.equals(Dialect.OPENAI)) key = environment.get("OPENAI_API_KEY");
        if (model == null && azure) model = environment.get("AZURE_OPENAI_DEPLOYMENT_NAME");
        UpstreamEndpoint endpoint = azure ? azure(url, key, model, apiVersion) : other(dialect, url, key);
        UpstreamSettings upstream =
                UpstreamSettings.of(endpoint).withDeadlines(deadlines).withProxies(proxies());
        if (certificates != null) upstream = upstream.withTrustedCertificates(Path.of(certificates));
        boolean isNameless = model == null && (azure || dialect.equals(Dialect.OPENAI));
        return new Model.Provider(dialect.name(), upstream, isNameless ? DEFAULT_OPENAI_MODEL : model);
    }

    private ProxySettings proxies() {
        try {
            return ProxySettings.fromEnvironment(environment);
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(String.valueOf(e.getMessage()));
        }
    }

    /** The dialect whose own variables are set; null: none, the embedded model answers. */
    private @Nullable String dialectOfUsualNames() {
        if (isSet("OPENAI_API_KEY") || isSet("OPENAI_BASE_URL")) return Dialect.OPENAI.name();
        return isSet("AZURE_OPENAI_ENDPOINT") ? Dialect.AZURE.name() : null;
    }

    private static UpstreamEndpoint other(Dialect dialect, @Nullable String url, @Nullable String key) {
        Credentials credentials = Endpoints.credentials("ANTIPHON_UPSTREAM_KEY", key, dialect);
        String base = url == null || url.isBlank() ? usualUrl(dialect) : url;
        if (base.equals(dialect.baseUrl()) && credentials == Credentials.NONE) {
            throw new ConfigFault("ANTIPHON_UPSTREAM_KEY", "not set", "a key for " + base);
        }
        return Endpoints.of("ANTIPHON_UPSTREAM_URL", base, dialect, credentials, null);
    }

    private static String usualUrl(Dialect dialect) {
        if (dialect.baseUrl() != null) return dialect.baseUrl();
        throw new ConfigFault("ANTIPHON_UPSTREAM_URL", "not set", "the base URL of " + dialect.name());
    }

    private UpstreamEndpoint azure(
            @Nullable String url, @Nullable String key, @Nullable String deployment, @Nullable String apiVersion) {
        if (url == null || url.isBlank()) {
            throw new ConfigFault("AZURE_OPENAI_ENDPOINT", "not set", "https://RESOURCE.openai.azure.com");
        }
        Credentials credentials = key == null || key.isBlank()
                ? EntraReader.fromEnvironment(environment)
                : Endpoints.credentials("AZURE_OPENAI_API_KEY", key, Dialect.AZURE);
        if (credentials == null) {
            throw new ConfigFault(
                    "AZURE_OPENAI_API_KEY", "not set", "the resource's key, or AZURE_CLIENT_ID of an Entra identity");
        }
        if (!Endpoints.isAzureV1(url) && (deployment == null || deployment.isBlank())) {
            throw new ConfigFault("AZURE_OPENAI_DEPLOYMENT_NAME", "not set", "the name of an audio model's deployment");
        }
        return Endpoints.of("ANTIPHON_UPSTREAM_URL", url, Dialect.AZURE, credentials, apiVersion);
    }

    private Deadlines deadlines() {
        Deadlines usual = Deadlines.DEFAULT;
        return new Deadlines(
                settings.millis("upstream.connect-millis", usual.connectMillis()),
                settings.millis("upstream.first-byte-millis", usual.firstByteMillis()),
                settings.millis("upstream.idle-millis", usual.idleMillis()),
                settings.millis("upstream.grace-millis", usual.graceMillis()));
    }

    private TwinSettings twin() {
        TwinSettings usual = TwinSettings.defaults();
        return usual.withPace(
                (long) settings.number(
                        "twin.time-to-first-audio-millis",
                        (double) usual.pace().timeToFirstAudioMillis(),
                        0,
                        60_000,
                        "0 to 60000 milliseconds"),
                settings.number("twin.real-time-factor", usual.pace().realTimeFactor(), 0.1, 1_000, "0.1 to 1000"));
    }

    /** @param name {@code url}, which is {@code ANTIPHON_UPSTREAM_URL} and {@code upstream.url} */
    private @Nullable String text(String name) {
        return settings.text(variable(name), "upstream." + name);
    }

    private String nameOf(String name) {
        return settings.nameOf(variable(name), "upstream." + name);
    }

    private static String variable(String name) {
        return "ANTIPHON_UPSTREAM_" + name.toUpperCase(Locale.ROOT);
    }

    private boolean isSet(String name) {
        String value = environment.get(name);
        return value != null && !value.isBlank();
    }
}
