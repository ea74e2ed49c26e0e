package dev.antiphon.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.client.Admission;
import dev.antiphon.server.client.Admission.Refusal;
import dev.antiphon.server.client.Admission.Welcome;
import dev.antiphon.server.client.ClientChannelInitializer;
import dev.antiphon.server.client.ClientLimits;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.ClientOutlet.CloseReason;
import dev.antiphon.testing.NoBufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every route may rely on, through the whole pipeline, with time turned by hand and a socket that can clog. */
@ExtendWith(NoBufferLeaks.class)
class RestFoundationTest {
    private static final String HEAD_OF_A_STREAM =
            head("POST /v1/slow HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked");

    private final MockTicker ticker = Ticker.newMockTicker();
    private final List<String> told = new ArrayList<>();
    private final List<RestAnswer> answers = new ArrayList<>();
    private final List<RestRequest> requests = new ArrayList<>();
    private final RestRoutes routes = new RestRoutes(
            RestFoundationTest::verdictOn,
            new RestLimits(2, 1_000),
            List.of(
                    Map.of(
                            "/slow",
                            Route.json(16, 5_000, this::open),
                            "/form",
                            Route.post("form/x", 16, 50, this::open)),
                    Map.of(
                            "/now",
                            Route.get((request, answer) ->
                                    BodySink.atEnd(() -> answer.whole(200, "text/plain", bytes("now")))),
                            "/below/",
                            Route.get(this::open))));
    private final Client client = new Client();
    private Runnable onEnd = () -> {};
    private Runnable onOpen = () -> {};

    private static Admission.Verdict verdictOn(Admission.Applicant applicant) {
        return applicant.apiKey() == null ? Refusal.BAD_KEY : new Welcome(applicant.apiKey(), null);
    }

    private BodySink open(RestRequest request, RestAnswer answer) {
        requests.add(request);
        answers.add(answer);
        onOpen.run();
        return new BodySink() {
            @Override
            public void onBody(ByteBuf bytes) {
                told.add("body " + bytes.toString(StandardCharsets.UTF_8));
            }

            @Override
            public void onEnd() {
                told.add("end");
                onEnd.run();
            }

            @Override
            public void onAbandoned() {
                told.add("abandoned");
            }

            @Override
            public void onWritable() {
                told.add("writable");
            }
        };
    }

    /** One connection. */
    private final class Client {
        private boolean isClogged;
        private final EmbeddedChannel channel =
                new EmbeddedChannel(EmbeddedChannel.builder()
                        .ticker(ticker)
                        .handlers(new ClientChannelInitializer(
                                ClientLimits.DEFAULT,
                                RestFoundationTest::verdictOn,
                                (opening, outlet, timers, loop) -> {
                                    throw new AssertionError("no session is wanted here");
                                },
                                routes,
                                ticker::nanoTime))) {
                    @Override
                    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
                        if (!isClogged) super.doWrite(in);
                    }
                };

        void send(String text) {
            channel.writeInbound(bytes(text));
        }

        String received() {
            channel.runPendingTasks();
            StringBuilder text = new StringBuilder();
            for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
                text.append(bytes.toString(StandardCharsets.UTF_8));
                bytes.release();
            }
            return text.toString();
        }

        void unclog() {
            isClogged = false;
            channel.flush();
            channel.runPendingTasks();
        }

        void advanceMillis(long millis) {
            ticker.advance(millis, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
    }

    @AfterEach
    void disconnect() {
        client.channel.finishAndReleaseAll();
    }

    private static ByteBuf bytes(String text) {
        return ByteBufUtil.writeUtf8(PooledByteBufAllocator.DEFAULT, text);
    }

    private static String head(String requestLine, String... headers) {
        return requestLine + "\r\nHost: g\r\napi-key: a\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: g\r\napi-key: a\r\n\r\n";
    }

    private static String post(String body) {
        return post("a", body, "");
    }

    private static String post(String key, String body, String moreHeaders) {
        return "POST /v1/slow?q=1&q=2&r HTTP/1.1\r\nHost: g\r\napi-key: " + key + "\r\n" + moreHeaders
                + "Content-Type: application/json\r\nAccept: text/plain\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private RestAnswer answer() {
        return answers.get(answers.size() - 1);
    }

    @Test
    void aRouteKnowsWhoAsksForWhat() {
        client.send(post("{}"));
        RestRequest request = requests.get(0);
        assertThat(request.client()).isEqualTo("a");
        assertThat(request.path()).isEqualTo("/v1/slow");
        assertThat(request.parameter("q")).isEqualTo("1");
        assertThat(request.parameter("none")).isNull();
        assertThat(request.media()).isEqualTo(new RestRequest.Media("application/json", "text/plain"));
        assertThat(request.loop()).isSameAs(client.channel.eventLoop());
        answer().whole(200, "text/plain", bytes("ok"));
        assertThat(client.received())
                .containsIgnoringCase("x-request-id: " + request.id() + "\r\n")
                .containsIgnoringCase("connection: keep-alive\r\n")
                .endsWith("\r\n\r\nok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/now", "/now", "/openai/v1/now?x=y"})
    void aGetIsAnswered(String path) {
        client.send(get(path));
        assertThat(client.received()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nnow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/below/one", "/below/one%2Ftwo", "/v1/below/one/two"})
    void aPathThatEndsInASlashStandsForWhatIsBelowIt(String path) {
        client.send(get(path));
        assertThat(requests.get(0).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/below/", "/v1/below", "/v2/now"})
    void butNotForItself(String path) {
        client.send(get(path));
        assertThat(client.received()).startsWith("HTTP/1.1 404 ");
        assertThat(requests).isEmpty();
    }

    @Test
    void theBodyIsHandedOnAsItComes() {
        client.send(HEAD_OF_A_STREAM + "2\r\nab\r\n");
        assertThat(told).containsExactly("body ab");
        client.send("1\r\nc\r\n");
        assertThat(told).containsExactly("body ab", "body c");
        client.send("0\r\n\r\n");
        assertThat(told).containsExactly("body ab", "body c", "end");
    }

    @Test
    void aBodyIsCountedWhileItIsReadAndTheLimitIsNamed() {
        client.send(HEAD_OF_A_STREAM + "10\r\n0123456789abcdef\r\n");
        client.send("1\r\ng\r\n");
        assertThat(told).containsExactly("body 0123456789abcdef", "abandoned");
        assertThat(client.received())
                .startsWith("HTTP/1.1 413 ")
                .containsIgnoringCase("x-request-id: " + requests.get(0).id())
                .contains("at most 16 bytes", "\"code\":\"body_too_large\"");
        assertThat(client.channel.isOpen()).isFalse();
    }

    @Test
    void aBodyMustBeOfTheRoutesTypeAndComeInItsTime() {
        client.send(head("POST /form HTTP/1.1", "Content-Length: 2", "Content-Type: form/x; boundary=1"));
        client.advanceMillis(49);
        assertThat(told).isEmpty();
        client.advanceMillis(1);
        assertThat(told).containsExactly("abandoned");
        assertThat(client.received()).startsWith("HTTP/1.1 408 ");
    }

    @Test
    void aGetHasNoBody() {
        client.send("GET /now HTTP/1.1\r\nHost: g\r\napi-key: a\r\nContent-Length: 1\r\n\r\n1");
        assertThat(client.received()).startsWith("HTTP/1.1 413 ").contains("at most 0 bytes");
    }

    @Test
    void anAnswerMayTakeItsTime() {
        client.send(post("{}"));
        client.advanceMillis(3_600_000);
        assertThat(client.received()).isEmpty();
        assertThat(client.channel.isOpen()).isTrue();
        answer().whole(200, "text/plain", bytes("late"));
        assertThat(client.received()).endsWith("late");
        client.advanceMillis(29_999);
        client.send(get("/now"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aStreamIsChunkedAndTheConnectionGoesOn() {
        client.send(post("{}"));
        answer().begin("text/event-stream");
        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n")
                .contains("transfer-encoding: chunked\r\n", "connection: keep-alive\r\n")
                .contains("x-request-id: req_");
        answer().write(bytes("one"));
        assertThat(client.received()).isEqualTo("3\r\none\r\n");
        answer().write(bytes(""));
        assertThat(client.received()).isEmpty();
        answer().end();
        assertThat(client.received()).isEqualTo("0\r\n\r\n");
        client.send(get("/now"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aClientBeforeHttp11IsStreamedToUntilTheConnectionEnds() {
        client.send("POST /slow HTTP/1.0\r\nHost: g\r\napi-key: a\r\nConnection: keep-alive\r\nContent-Length: 2\r\n"
                + "Content-Type: application/json\r\n\r\n{}");
        answer().begin("text/plain");
        answer().write(bytes("one"));
        answer().end();
        assertThat(client.received())
                .contains("connection: close\r\n")
                .doesNotContain("chunked")
                .endsWith("\r\n\r\none");
        assertThat(client.channel.isOpen()).isFalse();
    }

    @Test
    void aStreamThatIsBrokenOffHasNoEnd() {
        client.send(post("{}"));
        answer().begin("text/plain");
        answer().write(bytes("one"));
        answer().breakOff();
        assertThat(client.received()).endsWith("3\r\none\r\n");
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(told).containsExactly("body {}", "end");
    }

    @Test
    void aClientThatGoesIsToldOnceAndNothingIsWrittenAnyMore() {
        client.send(post("{}"));
        answer().begin("text/plain");
        assertThat(client.received()).isNotEmpty();
        client.channel.close().syncUninterruptibly();
        client.channel.runPendingTasks();
        assertThat(told).containsExactly("body {}", "end", "abandoned");
        assertThat(answer().isOpen()).isFalse();
        answer().write(bytes("one"));
        answer().end();
        answer().breakOff();
        answer().whole(200, "text/plain", bytes("two"));
        answer().refuse(Refusal.OVERLOADED);
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aClientThatGoesInTheMiddleOfItsBodyIsToldToo() {
        client.send(HEAD_OF_A_STREAM + "2\r\nab\r\n");
        client.channel.close().syncUninterruptibly();
        client.channel.runPendingTasks();
        assertThat(told).containsExactly("body ab", "abandoned");
    }

    @Test
    void aRefusalAfterTheBodyLeavesTheConnection() {
        client.send(post("{}"));
        answer().refuse(new Refusal(503, "server_error", null, "Busy."), 7);
        assertThat(client.received())
                .startsWith("HTTP/1.1 503 ")
                .containsIgnoringCase("retry-after: 7\r\n")
                .containsIgnoringCase("x-request-id: req_")
                .endsWith("{\"error\":{\"message\":\"Busy.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}");
        client.send(get("/now"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ");
        assertThat(told).containsExactly("body {}", "end");
    }

    @Test
    void aRefusalBeforeTheBodyIsTheLastAnswer() {
        onOpen = () -> answer().refuse(Refusal.OVERLOADED);
        client.send(HEAD_OF_A_STREAM + "2\r\nab\r\n");
        assertThat(client.received()).startsWith("HTTP/1.1 503 ").contains("connection: close\r\n");
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(told).isEmpty();
    }

    @Test
    void aFaultOfTheBodyIsAnsweredAndTheRouteToldThatItIsOver() {
        onEnd = () -> {
            throw new ClientFault("invalid_value", "n: 2 (expected: 1)", "n", null);
        };
        client.send(post("{}"));
        assertThat(client.received())
                .startsWith("HTTP/1.1 400 ")
                .contains("\"param\":\"n\",\"code\":\"invalid_value\"");
        assertThat(told).containsExactly("body {}", "end", "abandoned");
        client.send(get("/now"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aRouteThatFailsIsOurFaultAndEndsTheConnection() {
        onEnd = () -> {
            throw new IllegalStateException("planted");
        };
        client.send(post("{}"));
        assertThat(client.received()).startsWith("HTTP/1.1 500 ").doesNotContain("planted");
        assertThat(told).containsExactly("body {}", "end", "abandoned");
        assertThat(client.channel.isOpen()).isFalse();
    }

    @Test
    void aRouteThatFailsInItsStreamBreaksItOff() {
        onEnd = () -> {
            answer().begin("text/plain");
            throw new IllegalStateException("planted");
        };
        client.send(post("{}"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 ").containsOnlyOnce("HTTP/1.1 ");
        assertThat(told).containsExactly("body {}", "end", "abandoned");
        assertThat(client.channel.isOpen()).isFalse();
    }

    @Test
    void whatComesBehindARequestWaitsForItsAnswer() {
        client.send(post("1") + post("2") + get("/now"));
        assertThat(told).containsExactly("body 1", "end");
        answer().begin("text/plain");
        answer().write(bytes("one"));
        assertThat(told).containsExactly("body 1", "end");
        answer().end();
        assertThat(told).containsExactly("body 1", "end", "body 2", "end");
        answer().whole(200, "text/plain", bytes("two"));
        assertThat(client.received()).containsSubsequence("3\r\none\r\n0\r\n\r\n", "\r\n\r\ntwo", "\r\n\r\nnow");
    }

    @Test
    void manyRequestsBehindOneAreAnsweredWithoutDeepCalls() {
        client.send(post("1"));
        client.send(get("/now").repeat(5_000));
        answer().whole(200, "text/plain", bytes("one"));
        String received = client.received();
        assertThat(received.split("\r\n\r\nnow", -1)).hasSize(5_001);
        assertThat(client.channel.isOpen()).isTrue();
    }

    @Test
    void requestsBehindAnAnswerAreNotReadWithoutBound() {
        client.send(post("1"));
        for (int i = 0; i < 8; i++) client.send(get("/now"));
        assertThat(client.channel.config().isAutoRead()).isTrue();
        client.send(get("/now"));
        assertThat(client.channel.config().isAutoRead()).isFalse();
        answer().whole(200, "text/plain", bytes("one"));
        assertThat(client.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aClogIsSeenAndItsEndIsTold() {
        client.send(post("{}"));
        answer().begin("text/plain");
        assertThat(answer().isWritable()).isTrue();
        client.isClogged = true;
        answer().write(bytes("x".repeat(70_000)));
        assertThat(answer().isWritable()).isFalse();
        client.unclog();
        assertThat(answer().isWritable()).isTrue();
        assertThat(told).containsExactly("body {}", "end", "writable");
        answer().end();
        assertThat(client.received()).endsWith("0\r\n\r\n");
    }

    @Test
    void theNextRequestWaitsUntilTheAnswerHasBeenTaken() {
        client.isClogged = true;
        client.send(post("{}") + post("2"));
        answer().whole(200, "text/plain", bytes("one"));
        client.channel.runPendingTasks();
        assertThat(answers).hasSize(1);
        client.unclog();
        assertThat(answers).hasSize(2);
    }

    @Test
    void aClientThatTakesNothingIsGivenUp() {
        client.send(post("{}"));
        answer().begin("text/plain");
        client.isClogged = true;
        answer().write(bytes("x".repeat(70_000)));
        client.advanceMillis(999);
        assertThat(client.channel.isOpen()).isTrue();
        client.advanceMillis(1);
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(told).containsExactly("body {}", "end", "abandoned");
    }

    @Test
    void tooManyRequestsOfOneKeyAreRefusedAndOthersAreNot() {
        Client second = new Client();
        Client third = new Client();
        try {
            client.send(post("{}"));
            second.send(post("{}"));
            third.send(post("{}"));
            assertThat(third.received())
                    .startsWith("HTTP/1.1 429 ")
                    .contains("\"type\":\"rate_limit_error\"", "\"code\":\"too_many_requests\"", "at most 2");
            Client other = new Client();
            other.send(post("b", "{}", ""));
            assertThat(other.received()).isEmpty();
            other.channel.finishAndReleaseAll();
            second.channel.close().syncUninterruptibly();
            second.channel.runPendingTasks();
            Client fourth = new Client();
            fourth.send(post("{}"));
            assertThat(fourth.received()).isEmpty();
            fourth.channel.finishAndReleaseAll();
        } finally {
            second.channel.finishAndReleaseAll();
            third.channel.finishAndReleaseAll();
        }
    }

    @Test
    void anAnswerEndsItsPlaceAmongThoseUnderWay() {
        for (int i = 0; i < 5; i++) {
            client.send(post("{}"));
            answer().whole(200, "text/plain", bytes("one"));
            assertThat(client.received()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void theGatewayGoingAwayLetsAnAnswerEnd() {
        client.send(post("{}"));
        client.channel.pipeline().fireUserEventTriggered(CloseReason.GOING_AWAY);
        assertThat(client.channel.isOpen()).isTrue();
        answer().whole(200, "text/plain", bytes("one"));
        assertThat(client.received()).endsWith("one");
        assertThat(client.channel.isOpen()).isFalse();
    }
}
