package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.chunk;
import static dev.antiphon.server.testing.ScriptedUpstream.textDelta;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Burst;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.UpstreamCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A reply that comes faster than it is heard waits in the server, not in us (F24). */
@ExtendWith(NoBufferLeaks.class)
@Timeout(120)
final class UpstreamBackpressureTest {
    private static final int EVENT_CHARS = 8_000;
    private static final int BURST_EVENTS = 6_500; // 50 MB

    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl())
            .withDeadlines(new UpstreamSettings.Deadlines(5_000, 30_000, 200, 200)));
    private final RecordingInlet inlet = new RecordingInlet();

    @AfterEach
    void everythingSaidWasAsserted() throws IOException {
        client.settle();
        client.close();
        upstream.close();
        inlet.assertSilent();
    }

    @Test
    void aFullInletStopsTheServerAndRoomLetsItGoOn() throws Exception {
        byte[] events = (chunk("data: " + textDelta("x".repeat(EVENT_CHARS)) + "\n\n")
                                .repeat(BURST_EVENTS) + chunk("data: [DONE]\n\n") + "0\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        inlet.countText();
        inlet.setFull(true);
        UpstreamCalls.Call call = client.start(inlet).call();
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        Burst burst = connection.burst(events);
        // Longer than the idle deadline: silence that we asked for is no fault.
        assertThat(burst.awaitStandstill()).isLessThan(events.length / 2);
        assertThat(inlet.textChars()).isLessThanOrEqualTo(EVENT_CHARS);

        // Still full: one event at most for each time we are asked.
        client.run(call::resumeReads);
        client.settle();
        assertThat(inlet.textChars()).isLessThanOrEqualTo(2 * EVENT_CHARS);

        inlet.setFull(false);
        client.run(call::resumeReads);
        burst.awaitEnd();
        assertThat(inlet.next()).isEqualTo("completed");
        assertThat(inlet.textChars()).isEqualTo((long) BURST_EVENTS * EVENT_CHARS);
    }

    @Test
    void whatOneReadHoldsBehindAFullInletWaitsForItsTurn() throws Exception {
        UpstreamCalls.Call call = client.start(inlet).call();
        Connection connection = acceptAndSendHead();
        inlet.setFull(true);
        connection.send(chunkedText("one") + chunkedText("two") + chunk("data: [DONE]\n\n") + "0\r\n\r\n");
        assertThat(inlet.next()).isEqualTo("text one");
        client.settle();
        inlet.assertSilent();

        List<String> insideResume = client.onLoop(() -> {
            inlet.setFull(false);
            call.resumeReads();
            return inlet.drain();
        });
        assertThat(insideResume).isEmpty();
        assertThat(inlet.next()).isEqualTo("text two");
        assertThat(inlet.next()).isEqualTo("completed");

        // And the connection has come back to the pool, reading.
        client.start(inlet);
        connection.readRequest();
        connection.answer("three");
        assertThat(inlet.next()).isEqualTo("text three");
        assertThat(inlet.next()).isEqualTo("completed");
    }

    @Test
    void cancelWhileFullFreesWhatWaits() throws Exception {
        UpstreamCalls.Call call = client.start(inlet).call();
        Connection connection = acceptAndSendHead();
        inlet.setFull(true);
        connection.send(chunkedText("one") + chunkedText("two"));
        assertThat(inlet.next()).isEqualTo("text one");
        client.run(call::cancel);
        assertThat(connection.isClosedByClient()).isTrue();
        client.run(call::resumeReads);
    }

    private Connection acceptAndSendHead() throws Exception {
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        assertThat(client.isReadable(inlet)).isTrue();
        return connection;
    }

    private static String chunkedText(String text) {
        return chunk("data: " + textDelta(text) + "\n\n");
    }
}
