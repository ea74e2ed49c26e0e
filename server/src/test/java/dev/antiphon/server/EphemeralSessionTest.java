package dev.antiphon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.client.Opening;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.Modality;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** From a client's own key to a browser's session, over real sockets, as the Vercel AI SDK does it. */
class EphemeralSessionTest {
    private static final String CLIENT_KEY = "sk-client-0123456789";
    private static final Pattern VALUE = Pattern.compile("\"value\":\"(ek_[^\"]+)\"");
    private static final String MARIN =
            "{\"session\":{\"type\":\"realtime\",\"model\":\"gpt-realtime\",\"instructions\":\"Be brief.\","
                    + "\"audio\":{\"output\":{\"voice\":\"marin\"}}}}";

    private final Gateway gateway = Gateway.start(
            GatewayConfig.embedded().withAccess(new GatewayConfig.Access(List.of(Secret.of(CLIENT_KEY)), Set.of())),
            TurnObserver.NONE);
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        gateway.close();
    }

    private String mint(String body) throws IOException, InterruptedException {
        URI url = URI.create(gateway.realtimeUrl().toString().replace("ws:", "http:") + "/client_secrets");
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(url)
                        .header("Authorization", "Bearer " + CLIENT_KEY)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        Matcher value = VALUE.matcher(response.body());
        assertThat(value.find()).isTrue();
        return value.group(1);
    }

    private WebSocket connect(String query, String key, BlockingQueue<String> heard) {
        WebSocket socket = http.newWebSocketBuilder()
                .subprotocols("realtime", "openai-insecure-api-key." + key)
                .buildAsync(URI.create(gateway.realtimeUrl() + query), new Recorder(heard))
                .join();
        assertThat(socket.getSubprotocol()).isEqualTo("realtime");
        return socket;
    }

    private static String poll(BlockingQueue<String> heard) throws InterruptedException {
        String message = heard.poll(5, TimeUnit.SECONDS);
        return message == null ? "nothing came" : message;
    }

    @Test
    void aKeyMadeForASessionOpensItAsOftenAsWanted() throws IOException, InterruptedException {
        String value = mint(MARIN);
        for (String query : List.of("", "?model=gpt-realtime")) {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            WebSocket socket = connect(query, value, heard);
            assertThat(poll(heard))
                    .contains("\"session.created\"", "\"model\":\"gpt-realtime\"", "\"instructions\":\"Be brief.\"")
                    .contains("\"voice\":\"marin\"")
                    .doesNotContain(value);
            socket.abort();
        }
    }

    @Test
    void aHeaderIsAsGoodAsASubprotocol() throws IOException, InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + mint(MARIN))
                .buildAsync(gateway.realtimeUrl(), new Recorder(heard))
                .join();
        assertThat(poll(heard)).contains("\"voice\":\"marin\"");
        socket.abort();
    }

    @Test
    void theModelOfTheUriIsNoWayRoundThatOfTheKey() throws IOException, InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = connect("?model=gpt-other", mint(MARIN), heard);
        assertThat(poll(heard)).contains("\"model\":\"gpt-realtime\"").doesNotContain("gpt-other");
        socket.abort();
    }

    @Test
    void aKeyMadeForATranscriptionOpensOne() throws IOException, InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = connect("", mint("{\"session\":{\"type\":\"transcription\"}}"), heard);
        assertThat(poll(heard)).contains("\"session.created\"", "\"type\":\"transcription\"");
        socket.abort();
    }

    @Test
    void soDoesTheIntentWithAKeyThatIsOnesOwn() throws InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = connect("?intent=transcription", CLIENT_KEY, heard);
        assertThat(poll(heard)).contains("\"session.created\"", "\"type\":\"transcription\"");
        socket.abort();
    }

    @Test
    void aKeyNobodyMadeOpensNothing() {
        assertThatThrownBy(() -> connect("", "ek_" + "0".repeat(43), new LinkedBlockingQueue<>()))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(WebSocketHandshakeException.class)
                .cause()
                .extracting(refused ->
                        ((WebSocketHandshakeException) refused).getResponse().statusCode())
                .isEqualTo(401);
    }

    /** Which settings a session starts with. */
    @Nested
    class Settings {
        private final SessionSettings bound = SessionSettings.defaults("bound", "marin");

        private static SessionSettings settingsOf(
                String model, @Nullable SessionSettings boundSettings, boolean isTranscription) {
            return Sessions.settingsOf(new Opening("key-1", model, boundSettings, isTranscription));
        }

        @Test
        void thoseOfTheKeyComeFirst() {
            assertThat(settingsOf("other", bound, false)).isEqualTo(bound);
            assertThat(settingsOf("", bound, false)).isEqualTo(bound);
            assertThat(settingsOf("other", bound, true)).isEqualTo(bound);
        }

        @Test
        void theUriSaysTheModelWhereTheKeyDoesNot() {
            assertThat(settingsOf("other", bound.withModel(""), false)).isEqualTo(bound.withModel("other"));
            assertThat(settingsOf("", bound.withModel(""), false)).isEqualTo(bound.withModel("antiphon"));
        }

        @Test
        void withoutAKeyTheyAreTheDefaults() {
            assertThat(settingsOf("other", null, false)).isEqualTo(SessionSettings.defaults("other", "alloy"));
            assertThat(settingsOf("", null, false)).isEqualTo(SessionSettings.defaults("antiphon", "alloy"));
        }

        @Test
        void theIntentToBeWrittenDownIsThatOfASessionWhichNeverAnswers() {
            assertThat(settingsOf("other", null, true))
                    .isEqualTo(SessionSettings.defaults("other", "alloy").withModality(Modality.NONE));
        }
    }

    private static final class Recorder implements WebSocket.Listener {
        private final BlockingQueue<String> heard;

        Recorder(BlockingQueue<String> heard) {
            this.heard = heard;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            heard.add(data.toString());
            socket.request(1);
            return null;
        }
    }
}
