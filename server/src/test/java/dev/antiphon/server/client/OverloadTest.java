package dev.antiphon.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.overload.LoopAdmission;
import dev.antiphon.server.overload.LoopWatches;
import dev.antiphon.server.overload.OverloadLimits;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients of a late loop see. */
@ExtendWith(NoBufferLeaks.class)
class OverloadTest {
    private static final String UPGRADE_PATH = "/v1/realtime?model=gpt-realtime";

    /** A connection of its own, and the door of its loop. */
    private static ClientOnAChannel watched() {
        ClientOnAChannel[] client = new ClientOnAChannel[1];
        LoopWatches watches = new LoopWatches(
                new OverloadLimits(TimeUnit.MILLISECONDS.toNanos(20), 0, 0), () -> client[0].ticker.nanoTime());
        client[0] = new ClientOnAChannel(ClientLimits.DEFAULT, new LoopAdmission(Admission.OPEN, watches));
        watches.newChooser(new EventExecutor[] {client[0].channel.eventLoop()});
        watches.watch(client[0].channel);
        return client[0];
    }

    @Test
    void aSessionIsRefusedBeforeTheUpgrade() {
        try (ClientOnAChannel client = watched()) {
            client.ticker.advance(1, TimeUnit.SECONDS);
            client.send(client.upgradeRequest(UPGRADE_PATH, ""));
            assertThat(client.takeText())
                    .startsWith("HTTP/1.1 503 ")
                    .containsPattern("retry-after: [123]\r\n")
                    .containsIgnoringCase("connection: close")
                    .endsWith("{\"error\":{\"message\":\"The gateway is overloaded right now.\","
                            + "\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}");
            assertThat(client.session.takeCalls()).isEmpty();
        }
    }

    @Test
    void aSessionThatHasSpokenIsNotAccountedForAnyMore() {
        try (ClientOnAChannel client = watched()) {
            ClientOnAChannel.upgraded(client);
            assertThat(handlersOf(client)).contains("Guest");
            String append = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + "AAAA".repeat(3_000) + "\"}";
            client.sendText(append);
            client.sendText(append);
            assertThat(handlersOf(client)).contains("Guest");
            client.sendText(append);
            assertThat(handlersOf(client)).doesNotContain("Guest");
            client.session.takeCalls();
        }
    }

    private static List<String> handlersOf(ClientOnAChannel client) {
        return client.channel.pipeline().toMap().values().stream()
                .map(handler -> handler.getClass().getSimpleName())
                .toList();
    }

    @Test
    void whoIsInsideIsServedOn() {
        try (ClientOnAChannel client = watched()) {
            ClientOnAChannel.upgraded(client);
            client.ticker.advance(1, TimeUnit.SECONDS);
            client.sendText("{\"type\":\"response.create\"}");
            assertThat(client.session.takeCalls()).containsExactly("ResponseCreate");
        }
    }

    @Test
    void aSessionThatFindsNoPlaceInAQueueIsClosedWith1013() {
        closesWith1013(() -> {
            throw new RejectedExecutionException("planted");
        });
    }

    @Test
    void aSessionThatFindsNoMemoryIsClosedWith1013() {
        closesWith1013(() -> {
            throw new OutOfMemoryError("planted");
        });
    }

    private static void closesWith1013(Runnable onOpen) {
        try (ClientOnAChannel client = new ClientOnAChannel()) {
            client.session.onOpen = onOpen;
            client.send(client.upgradeRequest(UPGRADE_PATH, ""));
            assertThat(client.takeText()).startsWith("HTTP/1.1 101 ").endsWith("The gateway is overloaded.");
            assertThat(client.channel.isOpen()).isFalse();
        }
    }
}
