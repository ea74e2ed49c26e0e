package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The models of a configuration as clients and operators see them: listed, unknown, failing, soon to be shut down. */
@Timeout(60)
class ConfiguredModelsIT {
    private static final String KEY = "sk-provider-Zq81vLm4Xw7TtY0aPn5B";
    private static final String CLIENT_KEY = "sk-client-0123456789";
    private static final String MODELS = """
            models:
              gpt-realtime: {upstream: {upstream: first, model: MODEL}, fallback: {upstream: spare, model: gpt-audio}}
              alone: {upstream: {upstream: first, model: 'fault:401-echoes-key'}}
              voice:
                engine: cascade
                transcription: {upstream: spare, model: gpt-4o-mini-transcribe}
                chat: {upstream: spare, model: gpt-4.1}
                speech: {upstream: spare, model: tts-1}
            """;

    @TempDir
    Path folder;

    private Gateway start(String firstUrl, String model) throws IOException {
        return ConfiguredGateway.start(
                folder, """
                listen: 127.0.0.1:0
                api-keys: [sk-client-0123456789]
                twin: {time-to-first-audio-millis: 0, real-time-factor: 50}
                upstreams:
                  - {name: first, url: 'URL', key: KEY}
                  - {name: spare, embedded: true}
                """.replace("URL", firstUrl).replace("KEY", KEY) + MODELS.replace("MODEL", model));
    }

    private static String question(String model, boolean isStreamed) {
        return "{\"model\":\"" + model + "\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"alloy\","
                + "\"format\":\"pcm16\"},\"stream\":" + isStreamed
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"say: This is all of it.\"}]}";
    }

    @Test
    void theConfiguredNamesAreListedAndNoOtherIsKnown() throws Exception {
        try (Gateway gateway = start("http://127.0.0.1:1/v1", "gpt-audio-1.5")) {
            RestCaller rest = new RestCaller(gateway, CLIENT_KEY);
            Frame list = RestCaller.json(rest.get("/models"), 200);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < list.list("data").size(); i++) names.add(list.text("data", i, "id"));
            assertThat(names).containsExactlyInAnyOrder("alone", "gpt-realtime", "voice");
            assertThat(RestCaller.json(rest.get("/models/nobody"), 404).text("error", "code"))
                    .isEqualTo("model_not_found");
            for (boolean isStreamed : List.of(true, false)) {
                Frame refused = RestCaller.json(rest.post("/chat/completions", question("nobody", isStreamed)), 404);
                assertThat(refused.text("error", "code")).isEqualTo("model_not_found");
                assertThat(refused.text("error", "param")).isEqualTo("model");
            }
            try (PlainSocketClient client = call(gateway, "nobody")) {
                assertThat(failureOf(client)).isEqualTo("model_not_found");
            }
        }
    }

    private static PlainSocketClient call(Gateway gateway, String model) throws IOException {
        return PlainSocketClient.unordered(gateway.realtimeUrl(), model, "Authorization: Bearer " + CLIENT_KEY);
    }

    private static String failureOf(PlainSocketClient client) throws IOException {
        client.write("Hello?");
        client.askForResponse();
        Frame done = client.await("response.done");
        assertThat(done.text("response", "status")).isEqualTo("failed");
        return done.text("response", "status_details", "error", "code");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dead", "fault:429-quota", "fault:500", "fault:redirect-metadata"})
    void aCompletionIsAnsweredByTheNextServer(String fault) throws Exception {
        try (Twin twin = Twin.start(TwinSettings.defaults().withApiKey(KEY));
                Gateway gateway = start(fault.equals("dead") ? "http://127.0.0.1:1/v1" : twin.baseUrl() + "", fault)) {
            RestCaller rest = new RestCaller(gateway, CLIENT_KEY);
            Frame whole = RestCaller.json(rest.post("/chat/completions", question("gpt-realtime", false)), 200);
            assertThat(whole.text("choices", 0, "message", "audio", "transcript"))
                    .isEqualTo("This is all of it.");
            String stream = RestCaller.text(rest.post("/chat/completions", question("gpt-realtime", true)));
            assertThat(stream)
                    .contains("\"data\":\"")
                    .endsWith("data: [DONE]\n\n")
                    .doesNotContain("\"error\"");
            if (!fault.equals("dead")) assertThat(twin.requestsFor(fault)).isPositive();
        }
    }

    @Test
    void aFailedTurnIsLoggedWithTheProvidersRequestIdAndWithoutAnyKey() throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger product = (Logger) LoggerFactory.getLogger("dev.antiphon");
        Level before = product.getLevel();
        lines.start();
        product.addAppender(lines);
        product.setLevel(Level.DEBUG);
        try (Twin twin = Twin.start(TwinSettings.defaults().withApiKey(KEY));
                Gateway gateway = start(twin.baseUrl().toString(), "gpt-audio")) {
            try (PlainSocketClient client = call(gateway, "alone")) {
                failureOf(client);
            }
            RestCaller rest = new RestCaller(gateway, CLIENT_KEY);
            assertThat(rest.post("/chat/completions", question("alone", false)).statusCode())
                    .isEqualTo(502);
        } finally {
            product.detachAppender(lines);
            product.setLevel(before);
        }
        List<String> logged = new ArrayList<>();
        for (ILoggingEvent line : List.copyOf(lines.list)) logged.add(line.getFormattedMessage());
        assertThat(logged)
                .filteredOn(line -> line.startsWith("model call failed") && line.contains("status=401"))
                .hasSize(2)
                .allMatch(line -> line.matches(".* request-id=req_\\w{8,}.*"));
        assertThat(logged).noneMatch(line -> line.contains(KEY) || line.contains(CLIENT_KEY) || line.contains("-Zq81"));
    }

    @Test
    void whatIsSoonShutDownIsAnnouncedAndTheEmbeddedModelIsNot() throws Exception {
        LocalDate soon = LocalDate.now(Clock.systemUTC()).plusDays(20);
        String body = "{\"object\":\"list\",\"data\":[{\"id\":\"gpt-audio-1.5\",\"shutdown_date\":\"" + soon
                + "\"},{\"id\":\"other\",\"shutdown_date\":\"" + soon + "\"}]}";
        List<String> warnings = Collections.synchronizedList(new ArrayList<>());
        HttpServer provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/v1/models", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length());
            exchange.getResponseBody().write(body.getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        provider.start();
        try (Gateway gateway = start("http://127.0.0.1:" + provider.getAddress().getPort() + "/v1", "gpt-audio-1.5")) {
            gateway.announceShutdowns(warnings::add);
            await().atMost(Duration.ofSeconds(10)).until(() -> !warnings.isEmpty());
        } finally {
            provider.stop(0);
        }
        assertThat(warnings).hasSize(1).first().asString().contains("gpt-audio-1.5", "first", soon.toString());
    }
}
