package dev.antiphon.server.conformance;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A gateway that is started with a file of settings, as operators start theirs. */
final class ConfiguredGateway {
    private ConfiguredGateway() {}

    static Gateway start(Path folder, String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("antiphon.yaml"), yaml);
        return Gateway.start(ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString())), TurnObserver.NONE);
    }
}
