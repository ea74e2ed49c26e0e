package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.chunk;
import static dev.antiphon.server.testing.ScriptedUpstream.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.UpstreamCalls;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connections are kept, which are opened ahead, and which are never used again. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamPoolTest {
    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final RecordingInlet inlet = new RecordingInlet();
    private LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl()));

    @AfterEach
    void everythingSaidWasAsserted() throws IOException {
        client.settle();
        client.close();
        upstream.close();
        inlet.assertSilent();
    }

    @Test
    void twoCallsShareOneConnection() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);

        client.start(inlet);
        connection.readRequest();
        connection.answer("two");
        assertCompletedWith("two");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aRefusalThatEndsProperlyLeavesTheConnectionUsable() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 429 Slow Down", "Content-Type: application/json", "Content-Length: 2") + "{}");
        assertThat(inlet.next()).startsWith("fault REFUSED 429");
        awaitIdle(1);

        client.start(inlet);
        connection.readRequest();
        connection.answer("two");
        assertCompletedWith("two");
    }

    @Test
    void twoCallsAtATimeNeedTwoConnectionsAndTheLastUsedGoesFirst() throws Exception {
        RecordingInlet other = new RecordingInlet();
        client.start(inlet);
        Connection first = upstream.accept();
        client.start(other);
        Connection second = upstream.accept();
        first.readRequest();
        second.readRequest();
        second.answer("two");
        assertThat(other.next()).isEqualTo("text two");
        assertThat(other.next()).isEqualTo("completed");
        awaitIdle(1);
        first.answer("one");
        assertCompletedWith("one");
        awaitIdle(2);

        client.start(inlet);
        first.readRequest();
        first.answer("three");
        assertCompletedWith("three");
    }

    @Test
    void aWarmConnectionIsThereBeforeTheFirstCallAndReplacedWhenTaken() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 60_000, 1));
        client.client().open();
        Connection warm = upstream.accept();
        awaitIdle(1);
        assertThat(upstream.hasConnection()).isFalse();

        client.start(inlet);
        warm.readRequest();
        upstream.accept();
        warm.answer("one");
        assertCompletedWith("one");
        awaitIdle(2);
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aWarmConnectionIsReplacedWhenTheServerClosesIt() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 60_000, 1));
        client.client().open();
        upstream.accept().close();
        // After the pause of a second.
        upstream.accept();
        awaitIdle(1);
    }

    @Test
    void aKeptConnectionThatTheServerClosesIsForgotten() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);
        connection.close();
        awaitIdle(0);
    }

    @Test
    void bytesOnAConnectionWithoutCallEndIt() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);
        connection.send("H");
        assertThat(connection.isClosedByClient()).isTrue();
        awaitIdle(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKeptConnectionThatDiesBeforeItAnswersIsTriedAgainOnceOnAFreshOne(boolean isReset) throws Exception {
        client.start(inlet);
        Connection stale = upstream.accept();
        stale.readRequest();
        stale.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);

        client.start(inlet);
        ScriptedUpstream.Request lost = stale.readRequest();
        if (isReset) stale.reset();
        else stale.close();
        Connection fresh = upstream.accept();
        assertThat(fresh.readRequest()).isEqualTo(lost);
        fresh.close();
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 0");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aKeptConnectionThatDiesInsideItsAnswerIsNotTriedAgain() throws Exception {
        client.start(inlet);
        Connection stale = upstream.accept();
        stale.readRequest();
        stale.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);

        client.start(inlet);
        stale.readRequest();
        stale.send("H");
        stale.close();
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 0 retryable");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void cancelOnAKeptConnectionEndsItAndIsNotTriedAgain() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);

        UpstreamCalls.Call call = client.start(inlet).call();
        connection.readRequest();
        client.run(call::cancel);
        assertThat(connection.isClosedByClient()).isTrue();
        assertThat(upstream.hasConnection()).isFalse();
        awaitIdle(0);
    }

    @Test
    void cancelAfterTheLastWordLeavesTheConnectionToTheNextCall() throws Exception {
        UpstreamCalls.Call call = client.start(inlet).call();
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);
        client.run(call::cancel);

        client.start(inlet);
        connection.readRequest();
        client.run(call::cancel);
        connection.answer("two");
        assertCompletedWith("two");
    }

    @Test
    void aConnectionTheServerWillCloseIsNotKept() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head(
                        "HTTP/1.1 200 OK",
                        "Content-Type: text/event-stream",
                        "Connection: close",
                        "Transfer-Encoding: chunked")
                + chunk("data: " + ScriptedUpstream.textDelta("one") + "\n\n"));
        connection.sendDone();
        assertCompletedWith("one");
        assertThat(connection.isClosedByClient()).isTrue();
        assertThat(idleConnections()).isZero();
    }

    @Test
    void aConnectionBeyondTheMostIsClosed() throws Exception {
        reopen(new UpstreamSettings.Pooling(0, 60_000, 0));
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aConnectionIdleForTooLongIsClosed() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 50, 0));
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        assertThat(connection.isClosedByClient()).isTrue();
        assertThat(idleConnections()).isZero();
    }

    @Test
    void aWarmConnectionWhoseTimeIsUpIsAskedForTheModelsAndKept() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 300, 1, true));
        client.client().open();
        Connection warm = upstream.accept();
        for (int i = 0; i < 2; i++) {
            ScriptedUpstream.Request request = warm.readRequest();
            assertThat(request.line()).isEqualTo("GET /v1/models HTTP/1.1");
            // Any answer keeps it warm.
            warm.send(head("HTTP/1.1 404 Not Found", "Content-Length: 0"));
        }
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aWarmConnectionThatDiesOverItsRefreshIsReplaced() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 300, 1, true));
        client.client().open();
        Connection warm = upstream.accept();
        warm.readRequest();
        warm.close();
        Connection next = upstream.accept();
        assertThat(next.readRequest().line()).isEqualTo("GET /v1/models HTTP/1.1");
        next.send(head("HTTP/1.1 200 OK", "Content-Length: 0"));
        awaitIdle(1);
    }

    @Test
    void onlyTheWarmAreKeptBeyondTheirTime() throws Exception {
        reopen(new UpstreamSettings.Pooling(8, 100, 0, true));
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("one");
        assertCompletedWith("one");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void closeEndsIdleConnectionsAtOnceAndTheOthersAfterTheirCall() throws Exception {
        RecordingInlet other = new RecordingInlet();
        client.start(inlet);
        Connection idle = upstream.accept();
        client.start(other);
        Connection busy = upstream.accept();
        idle.readRequest();
        idle.answer("one");
        assertCompletedWith("one");
        awaitIdle(1);

        client.client().close();
        assertThat(idle.isClosedByClient()).isTrue();
        busy.readRequest();
        busy.answer("two");
        assertThat(other.next()).isEqualTo("text two");
        assertThat(other.next()).isEqualTo("completed");
        assertThat(busy.isClosedByClient()).isTrue();
    }

    private void reopen(UpstreamSettings.Pooling pooling) {
        client.close();
        client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl()).withPooling(pooling));
    }

    private void awaitIdle(int connections) {
        await().until(() -> idleConnections() == connections);
    }

    private int idleConnections() {
        return client.onLoop(() -> client.client().idleConnections());
    }

    private void assertCompletedWith(String text) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo("text " + text);
        assertThat(inlet.next()).isEqualTo("completed");
    }
}
