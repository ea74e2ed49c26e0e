package dev.antiphon.bench.load;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigFault;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.session.TurnObserver;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is said of the gateway on the command line; all else is as in its environment, see {@code antiphon --help}. */
final class GatewayOptions {
    private static final String MODEL = "scripted";

    @Option(
            names = "--gateway-listen",
            paramLabel = "HOST:PORT",
            description = "Where the gateway listens; port 0: any free one (${DEFAULT-VALUE}).")
    private String listen = "127.0.0.1:0";

    @Option(
            names = "--gateway-config",
            paramLabel = "FILE",
            description = "More of its settings, in YAML. By default every spoken turn of a caller is told to the model"
                    + " again, so that requests grow with the conversation: memory.user-audio-turns.")
    private @Nullable Path config; // null: none

    /** @throws IllegalArgumentException what it was told cannot be used */
    Gateway start(String upstreamUrl) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("ANTIPHON_LISTEN", listen);
        environment.put("ANTIPHON_UPSTREAM_URL", upstreamUrl);
        environment.put("ANTIPHON_UPSTREAM_MODEL", MODEL);
        if (config != null) environment.put("ANTIPHON_CONFIG", config.toString());
        try {
            return Gateway.start(ConfigLoader.load(environment), TurnObserver.NONE);
        } catch (ConfigFault fault) {
            throw new IllegalArgumentException("gateway: " + fault.getMessage(), fault);
        }
    }
}
