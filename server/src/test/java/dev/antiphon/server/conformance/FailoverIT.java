package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.ConfigLoader;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is down and the embedded model behind it: a client hears one answer and no fault. */
@Timeout(60)
class FailoverIT {
    @TempDir
    Path folder;

    @Test
    void aClientHearsTheNextServerWhenTheFirstIsDown() throws IOException {
        Path file = Files.writeString(folder.resolve("antiphon.yaml"), """
                listen: 127.0.0.1:0
                upstreams:
                  - {name: down, url: 'http://127.0.0.1:1/v1', key: sk-none}
                  - {name: spare, dialect: twin}
                models:
                  gpt-realtime: {upstream: down, model: gpt-audio-1.5, fallback: spare}
                """);
        GatewayConfig config = ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString()));
        try (Gateway gateway = Gateway.start(config, TurnObserver.NONE)) {
            assertThat(gateway.description()).contains("answered by gpt-realtime by down (gpt-audio-1.5), then spare");
            try (Caller caller = Caller.connect(gateway.realtimeUrl(), "gpt-realtime")) {
                caller.await("session.created");
                for (int turn = 1; turn <= 2; turn++) {
                    caller.write("say: This is all of it.");
                    caller.askForResponse();
                    SpokenAnswer answer = caller.answer();
                    assertThat(answer.status()).isEqualTo("completed");
                    assertThat(answer.transcript()).isEqualTo("This is all of it.");
                    assertThat(answer.sound().millis()).isGreaterThan(400);
                }
            }
            try (Caller stranger = Caller.connect(gateway.realtimeUrl(), "no-such-model")) {
                stranger.await("session.created");
                stranger.write("hello");
                stranger.askForResponse();
                SpokenAnswer answer = stranger.answer();
                assertThat(answer.status()).isEqualTo("failed");
                assertThat(answer.done().text("response", "status_details", "error", "code"))
                        .isEqualTo("model_not_found");
            }
        }
    }
}
