package dev.antiphon.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.config.ModelRoute;
import dev.antiphon.server.config.ModelRoute.Target;
import dev.antiphon.server.config.Routing;
import dev.antiphon.server.config.Upstream;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.upstream.Credentials;
import dev.antiphon.server.upstream.UpstreamEndpoint;
import dev.antiphon.server.upstream.UpstreamSettings;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.UpstreamCalls;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The policy over real connections to two servers. */
@Timeout(30)
class FailoverTest {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = (EventLoop) loops.iterator().next();
    private final ScriptedUpstream first = ScriptedUpstream.open();
    private final ScriptedUpstream second = ScriptedUpstream.open();
    private final CountDownLatch over = new CountDownLatch(1);
    private final SaidReply reply = new SaidReply(); // written on the loop; read once over
    private final Upstreams upstreams = Upstreams.of(
            loops,
            new Routing(
                    List.of(upstream("first", first), upstream("second", second)),
                    Map.of(),
                    new ModelRoute.Audio(
                            List.of(List.of(new Target("first", "m1")), List.of(new Target("second", "m2"))))),
            upstream -> ((Upstream.Server.Remote) upstream.server()).settings(),
            new StagedEngine(),
            NanoClock.SYSTEM);

    @AfterEach
    void close() throws IOException {
        upstreams.close();
        first.close();
        second.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aRefusedKeyIsAnsweredByTheOtherServerInTheSameTurn() throws Exception {
        start();
        try (Connection refusing = first.accept()) {
            assertThat(refusing.readRequest().body()).contains("\"model\":\"m1\"");
            refuse(refusing, "401 Unauthorized", "{\"error\":{\"message\":\"no\",\"code\":\"invalid_api_key\"}}", "");
        }
        Connection answering = second.accept();
        assertThat(answering.readRequest().body()).contains("\"model\":\"m2\"");
        answering.answer("Hello");
        assertThat(heard()).containsExactly("text Hello", "completed");
    }

    @Test
    void aConnectionResetBeforeTheHeadIsRetriedAtTheSameServer() throws Exception {
        start();
        Connection broken = first.accept();
        broken.readRequest();
        broken.reset();
        Connection answering = first.accept();
        answering.readRequest();
        answering.answer("Hello");
        assertThat(heard()).containsExactly("text Hello", "completed");
        assertThat(second.hasConnection()).isFalse();
    }

    @Test
    void aServerThatIsGoneIsRetriedAndThenReplaced() throws Exception {
        first.close();
        start();
        Connection answering = second.accept();
        answering.readRequest();
        answering.answer("Hello");
        assertThat(heard()).containsExactly("text Hello", "completed");
    }

    @Test
    void aRedirectIsNeverFollowed() throws Exception {
        start();
        try (Connection redirecting = first.accept()) {
            redirecting.readRequest();
            refuse(redirecting, "302 Found", "", "Location: " + first.baseUrl() + "/elsewhere");
        }
        Connection answering = second.accept();
        answering.readRequest();
        answering.answer("Hello");
        assertThat(heard()).containsExactly("text Hello", "completed");
        assertThat(first.hasConnection()).isFalse();
    }

    @Test
    void afterAWordAnotherServerIsNotAsked() throws Exception {
        start();
        try (Connection breaking = first.accept()) {
            breaking.readRequest();
            breaking.sendStreamHead();
            breaking.sendText("Hel");
        }
        assertThat(heard()).containsExactly("text Hel", "fault upstream_truncated");
        assertThat(second.hasConnection()).isFalse();
        assertThat(first.hasConnection()).isFalse();
    }

    @Test
    void eachServerIsKnownByItsHealth() {
        assertThat(upstreams.health())
                .containsExactly(Map.entry("first", Upstreams.Health.UP), Map.entry("second", Upstreams.Health.UP));
    }

    private void start() {
        UpstreamCalls calls = upstreams.callsOn(loop, readable -> {
            SaidReply said = (SaidReply) readable;
            String last = said.said.get(said.said.size() - 1);
            if (last.equals("completed") || said.fault != null) over.countDown();
        });
        loop.execute(() -> calls.start(
                new ChatRequest(
                        "any",
                        List.of(new ChatMessage.UserMessage(List.of(new ChatMessage.TextPart("hello")))),
                        null,
                        ChatRequest.Tools.NONE,
                        ChatRequest.Sampling.DEFAULT),
                reply));
    }

    /** All that was said but what is said of the connection. */
    private List<String> heard() throws InterruptedException {
        assertThat(over.await(10, TimeUnit.SECONDS)).as("an end").isTrue();
        return reply.take().stream().filter(line -> !line.startsWith("stage ")).toList();
    }

    private static void refuse(Connection connection, String status, String body, String header) throws IOException {
        connection.send(ScriptedUpstream.head(
                        "HTTP/1.1 " + status,
                        "Content-Type: application/json",
                        header.isEmpty() ? "X-Nothing: 1" : header,
                        "Content-Length: " + body.length())
                + body);
    }

    private static Upstream upstream(String name, ScriptedUpstream server) {
        UpstreamSettings settings = UpstreamSettings.of(UpstreamEndpoint.openAi(server.baseUrl(), Credentials.NONE))
                .withDeadlines(new UpstreamSettings.Deadlines(5_000, 20_000, 20_000, 20_000))
                .withPooling(new UpstreamSettings.Pooling(8, 60_000, 0));
        return Upstream.of(name, new Upstream.Server.Remote(settings), null);
    }
}
