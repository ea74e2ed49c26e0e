package dev.antiphon.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.config.ModelRoute.Audio;
import dev.antiphon.server.config.ModelRoute.Cascade;
import dev.antiphon.server.config.ModelRoute.Speaker;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.ProxySettings;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Dialect.InputAudioForm;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.usage.PriceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several servers in the file. */
class UpstreamsConfigTest {
    private static final Map<String, String> KEYS =
            Map.of("OPENAI_KEY", "sk-one", "AZURE_WEST_KEY", "west", "AZURE_NORTH_KEY", "north");

    @TempDir
    Path folder;

    @Test
    void theExampleOfTheDocumentationIsReadAsItSays() throws IOException {
        String documentation = Files.readString(Path.of("..", "docs", "configuration.md"));
        Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(documentation);
        assertThat(example.find()).isTrue();
        GatewayConfig config = load(example.group(1), KEYS);
        Routing routing = config.model().routing();

        assertThat(routing.upstreams().stream().map(Upstream::name))
                .containsExactly("openai", "azure-west", "azure-north", "local", "spare");
        assertThat(routing.upstreams().stream().map(Upstream::weight)).containsExactly(1, 3, 1, 1, 1);
        assertThat(remote(routing, 1).endpoint().target(Endpoint.CHAT, "voice"))
                .isEqualTo("/openai/deployments/voice/chat/completions?api-version=2025-04-01-preview");
        assertThat(remote(routing, 1).endpoint().credentials()).isInstanceOf(Credentials.ApiKey.class);
        assertThat(remote(routing, 1).deadlines().firstByteMillis()).isEqualTo(5_000);
        assertThat(remote(routing, 3).deadlines().firstByteMillis()).isEqualTo(20_000);
        assertThat(routing.upstreams().get(3).firstAudioMillis()).isEqualTo(15_000);
        Dialect ours = remote(routing, 3).endpoint().dialect();
        assertThat(ours.name()).isEqualTo("our-server");
        assertThat(ours.paths().chat()).isEqualTo("/v2/chat");
        assertThat(ours.paths().speech()).isEqualTo(Dialect.OPENAI.paths().speech());
        assertThat(ours.request().inputAudio()).isEqualTo(InputAudioForm.DATA_URL);
        assertThat(ours.request().quotesAudioIds()).isFalse();
        assertThat(ours.answer().sampleRateHz()).isEqualTo(16_000);
        assertThat(routing.upstreams().get(4).server()).isInstanceOf(Upstream.Server.Embedded.class);

        assertThat(routing.models())
                .containsOnlyKeys("gpt-realtime", "gpt-realtime-mini", "gpt-4.1-voice", "whisper-1");
        assertThat(routing.models().get("gpt-realtime"))
                .isEqualTo(new Audio(List.of(
                        List.of(new Target("azure-west", "voice"), new Target("azure-north", "voice-2")),
                        List.of(new Target("openai", "gpt-audio-1.5")),
                        List.of(new Target("spare", null)))));
        assertThat(routing.models().get("gpt-realtime-mini"))
                .isEqualTo(new Audio(List.of(List.of(new Target("openai", "gpt-audio-mini")))));
        assertThat(routing.models().get("gpt-4.1-voice"))
                .isEqualTo(new Cascade(
                        new Target("openai", "gpt-4o-mini-transcribe"),
                        new Target("openai", "gpt-4.1"),
                        new Speaker(new Target("local", "kokoro"), "af_heart")));
        assertThat(routing.otherwise()).isEqualTo(new Audio(List.of(List.of(new Target("openai", null)))));
        assertThat(config.prices().currency()).isEqualTo("USD");
        assertThat(config.prices().byModel())
                .containsEntry("gpt-audio-1.5", new PriceTable.Price(2.5, 32, 2.5, 0.4, 10, 64, 0, 0));
        assertThat(config.toString()).doesNotContain("sk-one");
    }

    @Test
    void withoutModelsTheServersFollowEachOtherForEveryName() throws IOException {
        Routing routing = load(
                        "upstreams: [{name: a, url: 'http://a/v1', model: m}, {name: b, embedded: true}]", Map.of())
                .model()
                .routing();
        assertThat(routing.models()).isEmpty();
        assertThat(routing.otherwise())
                .isEqualTo(new Audio(List.of(List.of(new Target("a", null)), List.of(new Target("b", null)))));
        assertThat(routing.upstreams().get(0).model()).isEqualTo("m");
    }

    @Test
    void entraStandsForAKey() throws IOException {
        Upstream.Server server =
                load("""
                        upstreams:
                          - name: a
                            dialect: azure
                            url: https://res.openai.azure.com
                            protocol: http/2
                            proxy: http://proxy:3128
                            auth: {entra: client-secret, tenant: t, client-id: c, client-secret: "${OPENAI_KEY}"}
                        """, KEYS).model().routing().upstreams().get(0).server();
        UpstreamSettings settings = ((Upstream.Server.Remote) server).settings();
        assertThat(settings.transport().protocol()).isEqualTo(UpstreamSettings.Protocol.HTTP2);
        assertThat(settings.transport().proxies().forHttps())
                .isEqualTo(new ProxySettings.Proxy("proxy", 3128, null, null));
        assertThat(settings.endpoint().credentials()).isInstanceOf(Credentials.Token.class);
        assertThat(settings.toString()).doesNotContain("sk-one");
    }

    /** What is wrong in one line of YAML, and the whole error. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            upstreams: a                                     | upstreams: a (expected: a list of servers)
            upstreams: []                                    | upstreams: [] (expected: a list of servers)
            upstreams: [a]                                   | upstreams[0]: a (expected: a mapping of settings)
            upstreams: [{embedded: true}]                    | upstreams[0].name: not set (expected: a name for routes and logs)
            upstreams: [{name: a, embedded: maybe}]          | upstreams[0].embedded: maybe (expected: true or false)
            upstreams: [{name: a}]                           | upstreams[0].key: not set (expected: a key for https://api.openai.com/v1)
            upstreams: [{name: a, dialect: azure, key: k}]   | upstreams[0].url: not set (expected: the base URL)
            upstreams: [{name: a, dialect: azure, url: 'https://r'}] | upstreams[0].key: not set (expected: the resource's key, or auth)
            upstreams: [{name: a, url: 'ftp://x'}]           | upstreams[0].url: upstream URL: ftp://x (expected: http[s]://host[:port][/path], without user, query or fragment) (expected: a base URL such as https://api.openai.com/v1)
            upstreams: [{name: a, key: 'a b'}]               | upstreams[0].key: (not shown) (expected: visible ASCII characters)
            upstreams: [{name: a, key: k, key-env: K}]       | upstreams[0].key-env: K (expected: key or key-env, not both)
            upstreams: [{name: a, key-env: NOT_SET}]         | upstreams[0].key-env: NOT_SET (expected: a variable that is set)
            upstreams: [{name: a, key: '${NOT_SET}'}]        | upstreams[0].key: ${NOT_SET} (expected: a variable that is set)
            upstreams: [{name: a, key: k, weight: 0}]        | upstreams[0].weight: 0 (expected: a whole number from 1 to 1000)
            upstreams: [{name: a, key: k, wait: 1}]          | upstreams[0].wait: unknown setting
            upstreams: [{name: a, key: k, protocol: quic}]   | upstreams[0].protocol: quic (expected: one of auto, http/1.1, http/2)
            upstreams: [{name: a, key: k, auth: {entra: x}}] | upstreams[0].auth: set (expected: a key or auth, not both)
            upstreams: [{name: a, auth: {entra: x}}]         | upstreams[0].auth.entra: x (expected: client-secret, workload-identity or managed-identity)
            upstreams: [{name: a, auth: {entra: workload-identity}}] | upstreams[0].auth.entra: workload-identity (expected: AZURE_TENANT_ID in the environment)
            upstreams: [{name: a, auth: {entra: managed-identity, tenant: t}}] | upstreams[0].auth.tenant: unknown setting (expected: one of client-id, entra, scope)
            upstreams: [{name: a, key: k}, {name: a, key: k}] | upstreams[1].name: a (expected: a name no other server has)
            models: {m: {upstream: a}}                       | models: set (expected: upstreams beside it, which they name)
            """)
    void aServerThatCannotBeUsedIsNamed(String yaml, String error) {
        refused(yaml, error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            models: {m: a}                                   | models.m: a (expected: a mapping of settings)
            models: {m: {}}                                  | models.m.upstream: not set (expected: one of a, b)
            models: {m: {upstream: c}}                       | models.m.upstream: c (expected: one of a, b)
            models: {m: {upstream: [a, c]}}                  | models.m.upstream[1]: c (expected: one of a, b)
            models: {m: {upstream: a, fallback: [c]}}        | models.m.fallback[0]: c (expected: one of a, b)
            models: {m: {upstream: a, fallback: [{upstream: b, modle: x}]}} | models.m.fallback[0].modle: unknown setting (expected: one of model, upstream)
            models: {m: {upstream: a, engine: magic}}        | models.m.engine: magic (expected: audio or cascade)
            models: {m: {upstream: a, voice: x}}             | models.m.voice: unknown setting (expected: one of engine, fallback, model, speech, upstream)
            models: {m: {engine: cascade}}                   | models.m.transcription: not set (expected: upstream and model of this stage)
            models: {m: {upstream: a, speech: {upstream: b}}} | models.m.speech.model: not set (expected: the model of this stage)
            models: {gpt-4.1: {upstream: c}}                 | models.gpt-4.1.upstream: c (expected: one of a, b)
            dialects: {openai: {}}                           | dialects.openai: known already (expected: a name of its own)
            dialects: {x: {like: klingon}}                   | dialects.x.like: klingon (expected: one of
            dialects: {x: {chat-path: chat}}                 | dialects.x.chat-path: chat (expected: a path such as /chat/completions
            dialects: {x: {sample-rate-hz: 1}}               | dialects.x.sample-rate-hz: 1 (expected:
            dialects: {x: {colour: blue}}                    | dialects.x.colour: unknown setting
            prices: {models: {}}                             | prices.currency: not set (expected: a currency, for example USD)
            prices: {currency: EUR, models: {m: {text-input: -1}}} | prices.models.m.text-input: -1 (expected: a number, 0 or more)
            prices: {currency: EUR, models: {m: {text: 1}}}  | prices.models.m.text: unknown setting
            prices: {currency: EUR, model: {}}               | prices.model: unknown setting (expected: one of currency, models)
            """)
    void aRouteADialectOrAPriceThatCannotBeUsedIsNamed(String yaml, String error) {
        refused("upstreams: [{name: a, embedded: true}, {name: b, dialect: twin}]\n" + yaml, error);
    }

    @ParameterizedTest
    @CsvSource({"URL,http://x/v1", "KEY,k", "MODEL,m", "DIALECT,openai", "CERTIFICATES,/x.pem"})
    void oneServerInTheEnvironmentBesideSeveralIsRefused(String name, String value) {
        Map<String, String> environment = Map.of("ANTIPHON_UPSTREAM_" + name, value);
        assertThatThrownBy(() -> load("upstreams: [{name: a, embedded: true}]", environment))
                .isInstanceOf(ConfigFault.class)
                .hasMessageStartingWith("ANTIPHON_UPSTREAM_" + name + ": set (expected: nothing beside upstreams");
    }

    @Test
    void theUsualNamesDoNotDisturbAList() throws IOException {
        assertThat(load("upstreams: [{name: a, embedded: true}]", Map.of("OPENAI_API_KEY", "sk-x"))
                        .model())
                .isInstanceOf(Model.Routed.class);
    }

    @Test
    void aDialectOfOnesOwnMayBeTheOneServers() throws IOException {
        Model model = load(
                        "dialects: {ours: {key-header: api-key}}",
                        Map.of(
                                "ANTIPHON_UPSTREAM_DIALECT", "ours",
                                "ANTIPHON_UPSTREAM_URL", "http://localhost:1/v1",
                                "ANTIPHON_UPSTREAM_KEY", "k"))
                .model();
        UpstreamEndpoint endpoint = ((Model.Provider) model).upstream().endpoint();
        assertThat(endpoint.dialect().name()).isEqualTo("ours");
        assertThat(endpoint.credentials()).isInstanceOf(Credentials.ApiKey.class);
        assertThat(((Model.Provider) model).model())
                .as("as the client names it")
                .isNull();
    }

    private void refused(String yaml, String error) {
        assertThatThrownBy(() -> load(yaml, Map.of()))
                .isInstanceOf(ConfigFault.class)
                .hasMessageStartingWith(error);
    }

    private GatewayConfig load(String yaml, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(folder.resolve("antiphon.yaml"), yaml);
        Map<String, String> whole = new HashMap<>(environment);
        whole.put("ANTIPHON_CONFIG", file.toString());
        return ConfigLoader.load(whole);
    }

    private static UpstreamSettings remote(Routing routing, int index) {
        return ((Upstream.Server.Remote) routing.upstreams().get(index).server()).settings();
    }
}
