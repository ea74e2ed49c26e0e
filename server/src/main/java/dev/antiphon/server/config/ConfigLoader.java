package dev.antiphon.server.config;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.config.GatewayConfig.Access;
import dev.antiphon.server.transport.Transport;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.SessionLimits;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.usage.PriceTable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Reads the configuration: the YAML file that {@code ANTIPHON_CONFIG} names, the {@code ANTIPHON_…} environment above it,
 * and the names that OpenAI's and Azure's own tools use where those say nothing.
 *
 * <p>Threading: confined to its caller.
 */
public final class ConfigLoader {
    private static final String DEFAULT_LISTEN = "127.0.0.1:8080";
    private static final Map<String, Transport> TRANSPORTS =
            Map.of("nio", Transport.NIO, "epoll", Transport.EPOLL, "io_uring", Transport.IO_URING);
    private static final int MAX_LOOPS = 1_024;
    private static final int MAX_LAG_MILLIS = 10_000;
    private static final int MAX_AUDIO_SECONDS = 14_400;
    private static final int BYTES_PER_SECOND = (int) AudioFormat.PCM16_24KHZ.bytesOf(24_000);

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
        ConfigFile file = ConfigFile.read(environment.get("ANTIPHON_CONFIG"), environment);
        Map<String, Dialect> dialects = DialectsReader.read(file.take("dialects"));
        Object upstreams = file.take("upstreams");
        Object models = file.take("models");
        PriceTable prices = PricesReader.read(file.take("prices"));
        Settings settings = new Settings(environment, file.rest());
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
        GatewayConfig config = new GatewayConfig(
                new Listen(listen, loops(settings)),
                access,
                new ModelReader(environment, settings, dialects).read(upstreams, models),
                limits(settings),
                memory(settings),
                prices);
        settings.refuseUnknown();
        return config;
    }

    private static Access access(Settings settings) {
        String name = settings.nameOf("ANTIPHON_API_KEYS", "api-keys");
        List<Secret> keys = settings.list("ANTIPHON_API_KEYS", "api-keys").stream()
                .map(key -> Endpoints.secret(name, key))
                .toList();
        return new Access(keys, new HashSet<>(settings.list("ANTIPHON_ORIGINS", "origins")));
    }

    private static LoopSettings loops(Settings settings) {
        return new LoopSettings(
                transport(settings),
                settings.whole("ANTIPHON_LOOPS", "loops", 0, 1, MAX_LOOPS),
                settings.whole(
                        "ANTIPHON_MAX_LAG_MILLIS",
                        "max-lag-millis",
                        LoopSettings.DEFAULT_MAX_LAG_MILLIS,
                        0,
                        MAX_LAG_MILLIS),
                settings.whole(
                        "ANTIPHON_MAX_LOAD_PERCENT",
                        "max-load-percent",
                        LoopSettings.DEFAULT_MAX_LOAD_PERCENT,
                        0,
                        100));
    }

    private static Transport transport(Settings settings) {
        String text = settings.text("ANTIPHON_TRANSPORT", "transport");
        if (text == null || text.equals("auto")) return Transport.best();
        String setting = settings.nameOf("ANTIPHON_TRANSPORT", "transport");
        Transport wanted = TRANSPORTS.get(text);
        if (wanted == null) throw new ConfigFault(setting, text, "auto, nio, epoll or io_uring");
        wanted.obstacle().ifPresent(why -> {
            throw new ConfigFault(setting, text, "auto, or one that is available here: " + why);
        });
        return wanted;
    }

    private static SessionLimits limits(Settings settings) {
        return new SessionLimits(
                seconds(settings, "limits.response-seconds", SessionLimits.DEFAULT.responseNanos()),
                seconds(settings, "limits.session-seconds", SessionLimits.DEFAULT.sessionNanos()),
                SessionLimits.DEFAULT.inputAudioBytes());
    }

    private static MemorySettings memory(Settings settings) {
        MemorySettings usual = MemorySettings.DEFAULT;
        int usualSeconds = usual.userAudioBytes() / BYTES_PER_SECOND;
        return new MemorySettings(
                count(settings, "memory.context-tokens", usual.contextTokens(), 1),
                count(settings, "memory.user-audio-turns", usual.userAudioTurns(), 0),
                BYTES_PER_SECOND
                        * (int) settings.number(
                                "memory.user-audio-seconds",
                                usualSeconds,
                                1,
                                MAX_AUDIO_SECONDS,
                                "1 to " + MAX_AUDIO_SECONDS + " seconds"));
    }

    private static int count(Settings settings, String name, int otherwise, int least) {
        return (int) settings.number(name, otherwise, least, Integer.MAX_VALUE, "a whole number from " + least);
    }

    private static long seconds(Settings settings, String name, long otherwiseNanos) {
        double otherwise = TimeUnit.NANOSECONDS.toSeconds(otherwiseNanos);
        return TimeUnit.SECONDS.toNanos((long) settings.number(name, otherwise, 1, 86_400, "1 to 86400 seconds"));
    }
}
