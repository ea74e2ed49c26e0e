package dev.antiphon.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.transport.Transport;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.upstream.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

    @Test
    void nothingSetMeansTheEmbeddedModelOnLoopbackWithoutKeys() {
        GatewayConfig config = ConfigLoader.load(Map.of());
        assertThat(config.listen().at()).hasToString("127.0.0.1:8080");
        assertThat(config.model()).isInstanceOf(Model.Embedded.class);
        assertThat(config.access().apiKeys()).isEmpty();
    }

    @Nested
    class Provider {
        @Test
        void theUsualOpenAiNamesAreEnough() {
            Model.Provider model = provider(Map.of("OPENAI_API_KEY", "sk-test"));
            assertThat(model.dialect()).isEqualTo("openai");
            assertThat(model.upstream().endpoint().server())
                    .isEqualTo(new UpstreamEndpoint.Server(true, "api.openai.com", 443));
            assertThat(model.upstream().endpoint().target(Endpoint.CHAT, "m")).isEqualTo("/v1/chat/completions");
            assertThat(model.model()).isNotNull();
        }

        @Test
        void theUsualAzureNamesAreEnough() {
            Model.Provider model = provider(Map.of(
                    "AZURE_OPENAI_ENDPOINT", "https://res.openai.azure.com",
                    "AZURE_OPENAI_API_KEY", "k",
                    "AZURE_OPENAI_DEPLOYMENT_NAME", "voice",
                    "OPENAI_API_VERSION", "2025-04-01-preview"));
            assertThat(model.dialect()).isEqualTo("azure");
            assertThat(model.model()).isEqualTo("voice");
            assertThat(model.upstream().endpoint().target(Endpoint.CHAT, "voice"))
                    .isEqualTo("/openai/deployments/voice/chat/completions?api-version=2025-04-01-preview");
        }

        @Test
        void azureV1NeedsNoVersionAndNamesTheModelInTheBody() {
            Model.Provider model = provider(Map.of(
                    "AZURE_OPENAI_ENDPOINT", "https://res.openai.azure.com/openai/v1",
                    "AZURE_OPENAI_API_KEY", "k",
                    "AZURE_OPENAI_DEPLOYMENT_NAME", "voice"));
            assertThat(model.upstream().endpoint().target(Endpoint.CHAT, "m")).isEqualTo("/openai/v1/chat/completions");
            assertThat(model.model()).isEqualTo("voice");
        }

        @Test
        void ourOwnNamesGoBeforeTheUsualOnes() {
            Model.Provider model = provider(Map.of(
                    "OPENAI_API_KEY", "sk-test",
                    "ANTIPHON_UPSTREAM_URL", "http://127.0.0.1:9999/v1",
                    "ANTIPHON_UPSTREAM_MODEL", "my-model"));
            assertThat(model.upstream().endpoint().server().port()).isEqualTo(9999);
            assertThat(model.model()).isEqualTo("my-model");
        }

        @Test
        void openAiWithoutAKeyIsRefused() {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_UPSTREAM_MODEL", "gpt-audio")))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageContaining("ANTIPHON_UPSTREAM_KEY");
        }

        @Test
        void aDialectWeDoNotSpeakIsRefusedByName() {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_UPSTREAM_DIALECT", "klingon")))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageStartingWith("ANTIPHON_UPSTREAM_DIALECT: klingon (expected: one of ")
                    .hasMessageContainingAll("azure", "openai", "twin");
        }

        @Test
        void aKeyIsNeverQuoted() {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("OPENAI_API_KEY", "sk-with a blank")))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageNotContaining("sk-with");
            assertThat(provider(Map.of("OPENAI_API_KEY", "sk-canary")).toString())
                    .doesNotContain("canary");
        }

        private static Model.Provider provider(Map<String, String> environment) {
            return (Model.Provider) ConfigLoader.load(environment).model();
        }
    }

    @Nested
    class Listening {
        @ParameterizedTest
        @ValueSource(strings = {"8080", "localhost:x", "127.0.0.1:70000", "127.0.0.1:-1"})
        void anAddressThatIsNoneIsRefusedWithWhatWasExpected(String text) {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_LISTEN", text)))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessage("ANTIPHON_LISTEN: " + text + " (expected: host:port, for example 127.0.0.1:8080)");
        }

        @ParameterizedTest
        @ValueSource(strings = {"0.0.0.0:8080", ":8080", "[::]:8080", "192.168.1.1:80"})
        void beyondLoopbackClientKeysAreDemanded(String text) {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_LISTEN", text)))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageContaining("ANTIPHON_API_KEYS");
            GatewayConfig config = ConfigLoader.load(Map.of("ANTIPHON_LISTEN", text, "ANTIPHON_API_KEYS", "a, b"));
            assertThat(config.access().apiKeys()).hasSize(2);
        }

        @ParameterizedTest
        @ValueSource(strings = {"127.0.0.1:0", "[::1]:8080", "localhost:1"})
        void onLoopbackNoKeyIsNeeded(String text) {
            assertThat(ConfigLoader.load(Map.of("ANTIPHON_LISTEN", text))
                            .listen()
                            .at())
                    .hasToString(text);
        }
    }

    @Nested
    class File {
        @TempDir
        Path folder;

        @Test
        void settingsOfTheFileHoldUnlessTheEnvironmentSaysOtherwise() throws IOException {
            Path file = write("""
                    listen: 127.0.0.1:1234
                    api-keys: [one, two]
                    upstream:
                      url: http://localhost:8000/v1
                      idle-millis: 5000
                    limits:
                      response-seconds: 30
                    memory:
                      user-audio-turns: 3
                      user-audio-seconds: 10
                    """);
            GatewayConfig config =
                    ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString(), "ANTIPHON_LISTEN", "127.0.0.1:4321"));
            assertThat(config.listen().at().port()).isEqualTo(4321);
            assertThat(config.access().apiKeys()).hasSize(2);
            assertThat(config.limits().responseNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(30));
            assertThat(config.memory().userAudioTurns()).isEqualTo(3);
            assertThat(config.memory().userAudioBytes()).isEqualTo(10 * 48_000);
            Model.Provider model = (Model.Provider) config.model();
            assertThat(model.upstream().deadlines().idleMillis()).isEqualTo(5000);
        }

        @Test
        void aNameNobodyKnowsIsAnError() throws IOException {
            Path file = write("lisen: 127.0.0.1:1234\n");
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString())))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageStartingWith("lisen: unknown setting (expected: one of ")
                    .hasMessageContaining("listen");
        }

        @Test
        void aNumberOutOfItsRangeIsAnErrorThatNamesIt() throws IOException {
            Path file = write("twin:\n  real-time-factor: 0\n");
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString())))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessage("twin.real-time-factor: 0 (expected: 0.1 to 1000)");
        }

        @Test
        void aFileThatIsNotThereOrNoYamlIsAnError() throws IOException {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_CONFIG", "/no/such/file")))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessageContaining("/no/such/file");
            Path file = write("a: [\n");
            assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_CONFIG", file.toString())))
                    .isInstanceOf(ConfigFault.class);
        }

        private Path write(String yaml) throws IOException {
            return Files.writeString(folder.resolve("antiphon.yaml"), yaml);
        }
    }

    @Nested
    class Loops {
        @Test
        void areThoseOfTheMachineAndCloseTheDoorAtTwentyMillisecondsOrThreeFifthsOfTheTime() {
            assertThat(ConfigLoader.load(Map.of()).listen().loops()).isEqualTo(LoopSettings.usual());
        }

        @Test
        void areSaidByTheEnvironment() {
            Map<String, String> environment = Map.of(
                    "ANTIPHON_LOOPS", "3",
                    "ANTIPHON_MAX_LAG_MILLIS", "0",
                    "ANTIPHON_MAX_LOAD_PERCENT", "60",
                    "ANTIPHON_TRANSPORT", "nio");
            assertThat(ConfigLoader.load(environment).listen().loops())
                    .isEqualTo(new LoopSettings(Transport.NIO, 3, 0, 60));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "ANTIPHON_LOOPS | 0 | ANTIPHON_LOOPS: 0 (expected: 1 to 1024)",
                    "ANTIPHON_LOOPS | many | ANTIPHON_LOOPS: many (expected: 1 to 1024)",
                    "ANTIPHON_MAX_LAG_MILLIS | -1 | ANTIPHON_MAX_LAG_MILLIS: -1 (expected: 0 to 10000)",
                    "ANTIPHON_MAX_LOAD_PERCENT | 101 | ANTIPHON_MAX_LOAD_PERCENT: 101 (expected: 0 to 100)",
                    "ANTIPHON_TRANSPORT | kqueue | ANTIPHON_TRANSPORT: kqueue (expected: auto, nio, epoll or io_uring)",
                })
        void thatCannotBeAreNamed(String name, String value, String message) {
            assertThatThrownBy(() -> ConfigLoader.load(Map.of(name, value)))
                    .isInstanceOf(ConfigFault.class)
                    .hasMessage(message);
        }

        @Test
        void ofATransportThatIsNotThereSayWhy() {
            Transport.EPOLL
                    .obstacle()
                    .ifPresent(why -> assertThatThrownBy(() -> ConfigLoader.load(Map.of("ANTIPHON_TRANSPORT", "epoll")))
                            .isInstanceOf(ConfigFault.class)
                            .hasMessage("ANTIPHON_TRANSPORT: epoll (expected: auto, or one that is available here: "
                                    + why + ")"));
        }
    }
}
