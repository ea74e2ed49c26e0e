package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.auth.Secret;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.UpstreamCalls;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A call that is signed with a token waits for it, and for nothing when it is there. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamTokenTest {
    private final LinkedBlockingQueue<CompletableFuture<AccessToken>> asked = new LinkedBlockingQueue<>();
    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final LoopbackClient client = new LoopbackClient(
            UpstreamSettings.of(UpstreamEndpoint.openAi(upstream.baseUrl(), new Credentials.Token(this::ask)))
                    .withPooling(new UpstreamSettings.Pooling(8, 60_000, 0)));
    private final RecordingInlet inlet = new RecordingInlet();

    @AfterEach
    void everythingSaidWasAsserted() throws IOException {
        client.settle();
        client.close();
        upstream.close();
        inlet.assertSilent();
    }

    @Test
    void theCallWaitsForTheFirstTokenAndTheSecondCallForNone() throws Exception {
        client.start(inlet);
        assertThat(upstream.hasConnection()).isFalse();
        give("canary");
        Connection connection = upstream.accept();
        assertThat(connection.readRequest().headers()).containsEntry("authorization", "Bearer canary");
        connection.answer("one");
        assertCompletedWith("one");
        client.settle();
        client.start(inlet);
        assertThat(connection.readRequest().headers()).containsEntry("authorization", "Bearer canary");
        connection.answer("two");
        assertCompletedWith("two");
        assertThat(asked).isEmpty();
    }

    @Test
    void aRefusalToSignInIsToldWithoutItsWords() throws Exception {
        client.start(inlet);
        next().completeExceptionally(new TokenRefusedException(401, "canary"));
        assertThat(inlet.next()).isEqualTo("fault REFUSED 401");
        assertThat(inlet.fault().message()).isEqualTo("the gateway could not sign in with the model's provider");
        assertThat(inlet.fault().toString()).doesNotContain("canary");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void whoGivesOutTokensMayBeBusyOrAway() throws Exception {
        client.start(inlet);
        next().completeExceptionally(new TokenRefusedException(503, "busy"));
        assertThat(inlet.next()).isEqualTo("fault REFUSED 503 retryable");
        client.start(inlet);
        next().completeExceptionally(new IOException("canary"));
        assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
    }

    @Test
    void cancelWhileATokenIsAwaitedIsSilent() throws Exception {
        UpstreamCalls.Call call = client.start(inlet).call();
        client.run(call::cancel);
        give("canary");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aTokenThatIsRefusedIsNotUsedAgain() throws Exception {
        client.start(inlet);
        give("stale");
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 401 No", "Content-Length: 0"));
        assertThat(inlet.next()).isEqualTo("fault REFUSED 401");
        client.settle();
        client.start(inlet);
        give("fresh");
        assertThat(connection.readRequest().headers()).containsEntry("authorization", "Bearer fresh");
        connection.answer("two");
        assertCompletedWith("two");
    }

    private CompletableFuture<AccessToken> ask() {
        CompletableFuture<AccessToken> answer = new CompletableFuture<>();
        asked.add(answer);
        return answer;
    }

    private CompletableFuture<AccessToken> next() throws InterruptedException {
        CompletableFuture<AccessToken> answer = asked.poll(5, TimeUnit.SECONDS);
        if (answer == null) throw new AssertionError("no token was asked for");
        return answer;
    }

    private void give(String token) throws InterruptedException {
        next().complete(new AccessToken(Secret.of(token), 3_600));
    }

    private void assertCompletedWith(String text) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo("text " + text);
        assertThat(inlet.next()).isEqualTo("completed");
    }
}
