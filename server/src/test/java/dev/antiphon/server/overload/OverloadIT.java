package dev.antiphon.server.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.metrics.TurnTimeline;
import dev.antiphon.server.Gateway;
import dev.antiphon.server.config.GatewayConfig;
import dev.antiphon.server.config.GatewayConfig.Model;
import dev.antiphon.server.config.LoopSettings;
import dev.antiphon.server.transport.Transport;
import dev.antiphon.server.twin.TwinSettings;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.TurnObserver;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway of one loop, and an observer that blocks it once: what nobody may do, and what too much work looks like. */
class OverloadIT {
    private static final long BLOCKED_MILLIS = 3 * TimeUnit.NANOSECONDS.toMillis(LoopLag.HALF_LIFE_NANOS);
    private static final long PATIENCE_SECONDS = 30;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    @Timeout(120)
    void aLateLoopTurnsTheNewAwayAndServesThoseInside() throws Exception {
        Blocker blocker = new Blocker();
        List<Socket> crowd = new ArrayList<>();
        GatewayConfig config = GatewayConfig.embedded()
                .withModel(new Model.Embedded(TwinSettings.defaults().withPace(0, 200)))
                .withLoops(new LoopSettings(Transport.NIO, 1, 20, 0));
        try (Gateway gateway = Gateway.start(config, blocker)) {
            Listener inside = new Listener();
            WebSocket session = open(gateway, inside).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            for (int i = 0; i < OverloadLimits.FEW_CLIENTS; i++) crowd.add(connect(gateway));
            ask(session);
            blocker.blocking.await();
            CompletableFuture<WebSocket> newcomer = open(gateway, new Listener());
            CompletableFuture<HttpResponse<String>> request = models(gateway);

            HttpResponse<String> refused = request.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"overloaded\"");
            assertThat(refused.headers().firstValue("retry-after").orElseThrow())
                    .matches("[123]");
            assertThat(newcomer)
                    .failsWithin(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .withThrowableOfType(Exception.class)
                    .satisfies(failure -> assertThat(statusOf(failure)).isEqualTo(503));

            inside.awaitDone();
            ask(session);
            inside.awaitDone();

            await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).until(() -> isAdmitted(gateway));
            assertThat(models(gateway).get(PATIENCE_SECONDS, TimeUnit.SECONDS).statusCode())
                    .isEqualTo(200);
            assertThat(gateway.loopLag().maxNanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(BLOCKED_MILLIS / 2));
            session.abort();
        } finally {
            for (Socket one : crowd) one.close();
        }
    }

    private static Socket connect(Gateway gateway) throws IOException {
        Socket socket = new Socket();
        socket.connect(gateway.address());
        return socket;
    }

    private CompletableFuture<WebSocket> open(Gateway gateway, Listener listener) {
        return http.newWebSocketBuilder().buildAsync(gateway.realtimeUrl(), listener);
    }

    private static void ask(WebSocket session) throws Exception {
        String question = "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\","
                + "\"content\":[{\"type\":\"input_text\",\"text\":\"say: Yes.\"}]}}";
        session.sendText(question, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        session.sendText("{\"type\":\"response.create\"}", true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private CompletableFuture<HttpResponse<String>> models(Gateway gateway) {
        URI url = URI.create("http://127.0.0.1:" + gateway.address().getPort() + "/v1/models");
        return http.sendAsync(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
    }

    private boolean isAdmitted(Gateway gateway) {
        try {
            open(gateway, new Listener()).join().abort();
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    private static int statusOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
        }
        return -1;
    }

    /** Blocks the loop at the end of the first turn. */
    private static final class Blocker implements TurnObserver {
        final CountDownLatch blocking = new CountDownLatch(1);
        private final CountDownLatch never = new CountDownLatch(1);
        private boolean hasBlocked;

        @Override
        public void onTurnEnded(ResponseSnapshot response, TurnTimeline timeline) {
            if (hasBlocked) return;
            hasBlocked = true;
            blocking.countDown();
            try {
                assertThat(never.await(BLOCKED_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<String> done = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        void awaitDone() throws InterruptedException {
            assertThat(done.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("\"status\":\"completed\"");
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                if (text.indexOf("\"type\":\"response.done\"") >= 0) done.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
