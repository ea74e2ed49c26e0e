package dev.antiphon.server.config;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.config.GatewayConfig.Access;
import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the configuration: the YAML file that {@code ANTIPHON_CONFIG} names, the {@code ANTIPHON_…} environment above it,
 * and the names that OpenAI's and Azure's own tools use where those say nothing.
 *
 * <p>Threading: confined to its caller.
 */
public final class ConfigLoader {
    private static final String DEFAULT_LISTEN = "127.0.0.1:8080";
    private static final String DEFAULT_OPENAI_URL = "https://api.openai.com/v1";
    private static final String DEFAULT_OPENAI_MODEL = "gpt-audio-1.5";
    /** The first version of Azure's classic interface that knows audio. */
    private static final String DEFAULT_AZURE_API_VERSION = "2025-01-01-preview";

    private static final String DIALECTS = "openai or azure";

    private final Map<String, String> environment;

    private ConfigLoader(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Reads and checks everything.
     *
     * @throws ConfigFault naming the first setting that cannot be used
     */
    public static GatewayConfig load(Map<String, String> environment) {
        return new ConfigLoader(environment).load();
    }

    private GatewayConfig load() {
        Settings settings = new Settings(environment, readFile());
        String listenText = settings.text("ANTIPHON_LISTEN", "listen");
        HostPort listen = HostPort.parse(
                settings.nameOf("ANTIPHON_LISTEN", "listen"), listenText == null ? DEFAULT_LISTEN : listenText);
        Access access = access(settings);
        if (access.apiKeys().isEmpty() && !listen.isLoopback()) {
            throw new ConfigFault(
                    settings.nameOf("ANTIPHON_LISTEN", "listen"),
                    listen.toString(),
                    "a loopback address, or client keys in ANTIPHON_API_KEYS");
        }
        GatewayConfig config =
                new GatewayConfig(listen, access, model(settings), limits(settings), memory(settings), Prices.NONE);
        settings.refuseUnknown();
        return config;
    }

    private static Access access(Settings settings) {
        String name = settings.nameOf("ANTIPHON_API_KEYS", "api-keys");
        List<Secret> keys = settings.list("ANTIPHON_API_KEYS", "api-keys").stream()
                .map(key -> secret(name, key))
                .toList();
        return new Access(keys, new HashSet<>(settings.list("ANTIPHON_ORIGINS", "origins")));
    }

    private static Secret secret(String setting, String key) {
        try {
            return Secret.of(key);
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(setting, "(not shown)", "visible ASCII characters");
        }
    }

    private static SessionLimits limits(Settings settings) {
        return new SessionLimits(
                seconds(settings, "limits.response-seconds", SessionLimits.DEFAULT.responseNanos()),
                seconds(settings, "limits.session-seconds", SessionLimits.DEFAULT.sessionNanos()),
                SessionLimits.DEFAULT.inputAudioBytes());
    }

    private static MemorySettings memory(Settings settings) {
        MemorySettings usual = MemorySettings.DEFAULT;
        return new MemorySettings(
                count(settings, "memory.context-tokens", usual.contextTokens(), 1),
                count(settings, "memory.user-audio-turns", usual.userAudioTurns(), 0),
                usual.userAudioBytes());
    }

    private static int count(Settings settings, String name, int otherwise, int least) {
        return (int) settings.number(name, otherwise, least, Integer.MAX_VALUE, "a whole number from " + least);
    }

    private static long seconds(Settings settings, String name, long otherwiseNanos) {
        double otherwise = TimeUnit.NANOSECONDS.toSeconds(otherwiseNanos);
        return TimeUnit.SECONDS.toNanos((long) settings.number(name, otherwise, 1, 86_400, "1 to 86400 seconds"));
    }

    // ---- who answers ----

    private Model model(Settings settings) {
        String url = settings.text("ANTIPHON_UPSTREAM_URL", "upstream.url");
        String key = settings.text("ANTIPHON_UPSTREAM_KEY", "upstream.key");
        String model = settings.text("ANTIPHON_UPSTREAM_MODEL", "upstream.model");
        String dialect = settings.text("ANTIPHON_UPSTREAM_DIALECT", "upstream.dialect");
        String apiVersion = settings.text("OPENAI_API_VERSION", "upstream.api-version");
        String certificates = settings.text("ANTIPHON_UPSTREAM_CERTIFICATES", "upstream.certificates");
        UpstreamSettings.Deadlines deadlines = deadlines(settings);
        TwinSettings twin = twin(settings);
        if (dialect != null && !dialect.equals("openai") && !dialect.equals("azure")) {
            throw new ConfigFault(settings.nameOf("ANTIPHON_UPSTREAM_DIALECT", "upstream.dialect"), dialect, DIALECTS);
        }
        if (url == null && key == null && model == null && dialect == null) {
            dialect = dialectOfUsualNames();
            if (dialect == null) return new Model.Embedded(twin);
        }
        boolean azure = "azure".equals(dialect);
        if (url == null) url = azure ? environment.get("AZURE_OPENAI_ENDPOINT") : environment.get("OPENAI_BASE_URL");
        if (key == null) key = azure ? environment.get("AZURE_OPENAI_API_KEY") : environment.get("OPENAI_API_KEY");
        if (model == null && azure) model = environment.get("AZURE_OPENAI_DEPLOYMENT_NAME");
        UpstreamEndpoint endpoint = azure ? azure(url, key, model, apiVersion) : openAi(url, key);
        UpstreamSettings upstream = UpstreamSettings.of(endpoint).withDeadlines(deadlines);
        if (certificates != null) upstream = upstream.withTrustedCertificates(Path.of(certificates));
        return new Model.Provider(azure ? "azure" : "openai", upstream, model == null ? DEFAULT_OPENAI_MODEL : model);
    }

    /** The dialect whose own variables are set; null: none, the embedded model answers. */
    private @Nullable String dialectOfUsualNames() {
        if (isSet("OPENAI_API_KEY") || isSet("OPENAI_BASE_URL")) return "openai";
        if (isSet("AZURE_OPENAI_ENDPOINT")) return "azure";
        return null;
    }

    private static UpstreamEndpoint openAi(@Nullable String url, @Nullable String key) {
        Credentials credentials = key == null || key.isBlank()
                ? Credentials.NONE
                : new Credentials.Bearer(secret("ANTIPHON_UPSTREAM_KEY", key));
        String base = url == null || url.isBlank() ? DEFAULT_OPENAI_URL : url;
        if (base.equals(DEFAULT_OPENAI_URL) && credentials == Credentials.NONE) {
            throw new ConfigFault("ANTIPHON_UPSTREAM_KEY", "not set", "a key for " + DEFAULT_OPENAI_URL);
        }
        return endpoint(() -> UpstreamEndpoint.openAi(base, credentials));
    }

    private static UpstreamEndpoint azure(
            @Nullable String url, @Nullable String key, @Nullable String deployment, @Nullable String apiVersion) {
        if (url == null || url.isBlank()) {
            throw new ConfigFault("AZURE_OPENAI_ENDPOINT", "not set", "https://RESOURCE.openai.azure.com");
        }
        if (key == null || key.isBlank())
            throw new ConfigFault("AZURE_OPENAI_API_KEY", "not set", "the resource's key");
        Credentials credentials = new Credentials.ApiKey(secret("AZURE_OPENAI_API_KEY", key));
        if (url.endsWith("/openai/v1") || url.endsWith("/openai/v1/")) {
            return endpoint(() -> UpstreamEndpoint.openAi(url, credentials));
        }
        if (deployment == null || deployment.isBlank()) {
            throw new ConfigFault("AZURE_OPENAI_DEPLOYMENT_NAME", "not set", "the name of an audio model's deployment");
        }
        String version = apiVersion == null ? DEFAULT_AZURE_API_VERSION : apiVersion;
        return endpoint(() -> UpstreamEndpoint.azure(url, version, credentials));
    }

    private static UpstreamEndpoint endpoint(Supplier<UpstreamEndpoint> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(
                    "ANTIPHON_UPSTREAM_URL",
                    String.valueOf(e.getMessage()),
                    "a base URL such as " + DEFAULT_OPENAI_URL);
        }
    }

    private static UpstreamSettings.Deadlines deadlines(Settings settings) {
        UpstreamSettings.Deadlines usual = UpstreamSettings.Deadlines.DEFAULT;
        return new UpstreamSettings.Deadlines(
                settings.millis("upstream.connect-millis", usual.connectMillis()),
                settings.millis("upstream.first-byte-millis", usual.firstByteMillis()),
                settings.millis("upstream.idle-millis", usual.idleMillis()),
                settings.millis("upstream.grace-millis", usual.graceMillis()));
    }

    private static TwinSettings twin(Settings settings) {
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

    private boolean isSet(String name) {
        String value = environment.get(name);
        return value != null && !value.isBlank();
    }

    // ---- the file ----

    private Map<String, Object> readFile() {
        String path = environment.get("ANTIPHON_CONFIG");
        Map<String, Object> flat = new HashMap<>();
        if (path == null || path.isBlank()) return flat;
        Object root;
        try {
            root = new Load(LoadSettings.builder().setLabel(path).build())
                    .loadFromString(Files.readString(Path.of(path)));
        } catch (IOException e) {
            throw new ConfigFault("ANTIPHON_CONFIG", path, "a readable YAML file");
        } catch (YamlEngineException e) {
            throw new ConfigFault("ANTIPHON_CONFIG", path, "YAML: " + e.getMessage());
        }
        if (root == null) return flat;
        if (!(root instanceof Map<?, ?> settings)) {
            throw new ConfigFault("ANTIPHON_CONFIG", path, "a YAML mapping of settings");
        }
        flatten("", settings, flat);
        return flat;
    }

    private static void flatten(String prefix, Map<?, ?> from, Map<String, Object> into) {
        for (Map.Entry<?, ?> entry : from.entrySet()) {
            String name = prefix + entry.getKey();
            if (entry.getValue() instanceof Map<?, ?> nested) flatten(name + '.', nested, into);
            else if (entry.getValue() != null) into.put(name, entry.getValue());
        }
    }
}
