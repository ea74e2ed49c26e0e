package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.twin.Twin;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.session.ResponseSnapshot;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave in the middle of a word, and clients that send what nobody should. */
@Timeout(60)
class WorstClientIT {
    private final BlockingQueue<ResponseSnapshot> turns = new LinkedBlockingQueue<>();
    private Twin twin;
    private UpstreamTap tap;
    private Gateway gateway;

    @BeforeEach
    void start() {
        // As fast as speech, so that the answer is far from its end when the client leaves.
        twin = Twin.start(TwinSettings.defaults().withPace(100, 1));
        tap = new UpstreamTap(twin);
        UpstreamSettings upstream = UpstreamSettings.of(UpstreamEndpoint.openAi(tap.baseUrl(), Credentials.NONE));
        gateway = Gateway.start(
                GatewayConfig.embedded().withModel(new GatewayConfig.Model.Provider("openai", upstream, null)),
                (response, timeline) -> turns.add(response));
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        tap.close();
        twin.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatVanishesTakesTheModelsAnswerWithIt(boolean byReset) throws Exception {
        PlainSocketClient client = new PlainSocketClient(gateway.realtimeUrl(), "gpt-realtime");
        client.write("speak for 20 seconds");
        client.askForResponse();
        String responseId = client.await("response.created").text("response", "id");
        client.await("response.output_audio.delta");
        tap.awaitSound();

        if (byReset) client.vanish();
        else client.close();

        ResponseSnapshot turn = turns.poll(3, TimeUnit.SECONDS);
        assertThat(turn).as("turn that ended").isNotNull();
        assertThat(turn.identity().responseId()).isEqualTo(responseId);
        assertThat(turn.outcome().status()).isEqualTo(ResponseSnapshot.Status.CANCELLED);
        assertThat(tap.awaitGatewayLeaving())
                .as("the twin had said everything when the gateway left")
                .isFalse();
        assertThat(turns).isEmpty();
        theGatewayAnswersOthers();
    }

    private void theGatewayAnswersOthers() throws Exception {
        try (PlainSocketClient other = new PlainSocketClient(gateway.realtimeUrl(), "gpt-realtime")) {
            other.write("say: Still here.");
            other.askForResponse();
            assertThat(other.answer().transcript()).isEqualTo("Still here.");
        }
    }

    @Test
    void whateverAClientSendsItIsToldOfAndThenAnswered() throws Exception {
        try (PlainSocketClient client = new PlainSocketClient(gateway.realtimeUrl(), "gpt-realtime")) {
            client.await("session.created");
            requireError(client, "{\"type\":\"response.create\"", "invalid_json");
            requireError(client, "speak!", "invalid_json");
            requireError(client, "[]", "invalid_json");
            requireError(client, "{\"event_id\":\"e1\"}", "invalid_event");
            requireError(client, "{\"type\":\"response.sing\",\"event_id\":\"e2\"}", "invalid_value");
            requireError(
                    client,
                    "{\"type\":\"input_audio_buffer.append\",\"event_id\":\"e3\",\"audio\":\"!!not base64!!\"}",
                    "invalid_value");
            requireError(
                    client,
                    "{\"type\":\"input_audio_buffer.append\",\"event_id\":\"e4\",\"audio\":\"AAAA\"}",
                    "invalid_value");
            client.sendBinary(new byte[960]);
            assertThat(client.next().text("error", "code")).isEqualTo("invalid_value");

            client.write("say: All is well.");
            client.askForResponse();
            SpokenAnswer answer = client.answer();

            assertThat(answer.status()).isEqualTo("completed");
            assertThat(answer.transcript()).isEqualTo("All is well.");
            assertThat(answer.sound().millis()).isBetween(500L, 3_000L);
        }
    }

    private static void requireError(PlainSocketClient client, String event, String code) throws Exception {
        client.send(event);
        Frame error = client.next();
        assertThat(error.type()).as(event).isEqualTo("error");
        assertThat(error.text("error", "type")).as(event).isEqualTo("invalid_request_error");
        assertThat(error.text("error", "code")).as(event).isEqualTo(code);
        String eventId = event.contains("event_id") ? Frame.parse(event).text("event_id") : null;
        assertThat(error.at("error", "event_id")).as(event).isEqualTo(eventId);
    }
}
