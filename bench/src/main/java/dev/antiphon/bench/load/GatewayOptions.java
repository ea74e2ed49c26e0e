package dev.antiphon.bench.load;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.HostPort;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.MemorySettings;
import dev.antiphon.session.TurnObserver;
import java.net.InetSocketAddress;
import picocli.CommandLine.Option;

/** What is said of the gateway on the command line. */
final class GatewayOptions {
    @Option(
            names = "--gateway-listen",
            paramLabel = "HOST:PORT",
            description = "Where the gateway listens; port 0: any free one (${DEFAULT-VALUE}).")
    private String listen = "127.0.0.1:0";

    @Option(
            names = "--user-audio-turns",
            paramLabel = "N",
            description =
                    "How many spoken turns of a caller are told to the model again; by default all of them, so that"
                            + " requests grow with the conversation.")
    private int userAudioTurns = Integer.MAX_VALUE;

    Gateway start(String upstreamUrl) {
        InetSocketAddress address = Addresses.parse("--gateway-listen", listen);
        GatewayConfig.Model model = new GatewayConfig.Model.Provider(
                "openai", UpstreamSettings.of(UpstreamEndpoint.openAi(upstreamUrl, Credentials.NONE)), "scripted");
        GatewayConfig embedded = GatewayConfig.embedded();
        MemorySettings memory = embedded.memory();
        GatewayConfig config = new GatewayConfig(
                new HostPort(address.getHostString(), address.getPort()),
                embedded.access(),
                model,
                embedded.limits(),
                new MemorySettings(memory.contextTokens(), userAudioTurns, memory.userAudioBytes()),
                embedded.prices());
        return Gateway.start(config, TurnObserver.NONE);
    }
}
