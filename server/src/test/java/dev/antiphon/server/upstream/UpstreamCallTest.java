package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.chunk;
import static dev.antiphon.server.testing.ScriptedUpstream.finish;
import static dev.antiphon.server.testing.ScriptedUpstream.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.testing.ScriptedUpstream.Connection;
import dev.antiphon.server.testing.ScriptedUpstream.Request;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import dev.antiphon.upstream.ModelsRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call makes of a server that answers, and of one that does not. */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamCallTest {
    private final ScriptedUpstream upstream = ScriptedUpstream.open();
    private final LoopbackClient client = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl()));
    private final RecordingInlet inlet = new RecordingInlet();

    @AfterEach
    void everythingSaidWasAsserted() throws IOException {
        client.settle();
        client.close();
        upstream.close();
        inlet.assertSilent();
    }

    @Test
    void theRequestCarriesWhatTheServerNeedsAndNothingElse() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        Request request = connection.readRequest();
        assertThat(request.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
        assertThat(request.headers())
                .containsOnlyKeys("host", "user-agent", "accept", "accept-encoding", "content-type", "content-length")
                .containsEntry("host", "127.0.0.1:" + upstream.port())
                .containsEntry("accept", "text/event-stream")
                .containsEntry("accept-encoding", "identity")
                .containsEntry("content-type", "application/json");
        assertThat(request.headers().get("user-agent")).startsWith("antiphon/");
        assertThat(request.body()).isEqualTo(bodyOf(LoopbackClient.HELLO));
        connection.answer("hi");
        assertCompletedWith("hi");
    }

    @Test
    void aLongRequestArrivesWhole() throws Exception {
        ChatRequest request =
                LoopbackClient.request(new ChatMessage.AudioPart(AudioClip.of(24_000, new byte[15_000_000])));
        client.start(request, inlet);
        Connection connection = upstream.accept();
        assertThat(connection.readRequest().body()).isEqualTo(bodyOf(request));
        connection.answer("hi");
        assertCompletedWith("hi");
    }

    private static final String AUDIO_DELTA =
            "{\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"data\":\"AAAAAAAA\"}}}]}";

    @Test
    void stagesAreStampedInOrderAndOnce() throws Exception {
        assertThat(client.start(inlet).saidInside()).isEmpty();
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.answer("hi");
        assertThat(inlet.nextWithStages()).isEqualTo("stage REQUEST_WRITTEN");
        assertThat(inlet.nextWithStages()).isEqualTo("stage FIRST_UPSTREAM_BYTE");
        assertThat(inlet.nextWithStages()).isEqualTo("text hi");
        assertThat(inlet.nextWithStages()).isEqualTo("completed");
    }

    @Test
    void theFirstSoundIsStampedWithTheMomentItsBytesCameIn() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendEvent(AUDIO_DELTA);
        assertThat(linesUntil("stage FIRST_AUDIO_BYTES")).contains("audio 6");
        connection.sendEvent(AUDIO_DELTA);
        connection.sendDone();
        assertThat(linesUntil("completed")).contains("audio 6").doesNotContain("stage FIRST_AUDIO_BYTES");
    }

    private List<String> linesUntil(String last) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        do lines.add(inlet.nextWithStages());
        while (!lines.contains(last) && !lines.contains("silence"));
        assertThat(lines).endsWith(last);
        return lines;
    }

    @Test
    void theProvidersLimitsAreToldOnceAndBeforeTheAnswer() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 103 Early Hints", "x-ratelimit-limit-requests: 1"));
        connection.send(head(
                "HTTP/1.1 200 OK",
                "Content-Type: text/event-stream",
                "x-ratelimit-limit-tokens: 100",
                "x-ratelimit-remaining-tokens: 99",
                "x-ratelimit-reset-tokens: 6m0s",
                "Transfer-Encoding: chunked"));
        connection.sendText("hi");
        connection.sendDone();
        assertThat(inlet.next())
                .isEqualTo("rate limits [RateLimit[name=tokens, limit=100, remaining=99, resetSeconds=360.0]]");
        assertCompletedWith("hi");
    }

    @Test
    void aRefusalHasLimitsToo() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head(
                "HTTP/1.1 429 Too Many Requests",
                "x-ratelimit-limit-requests: 5",
                "x-ratelimit-remaining-requests: 0",
                "x-ratelimit-reset-requests: 150ms",
                "Content-Length: 0"));
        assertThat(inlet.next())
                .isEqualTo("rate limits [RateLimit[name=requests, limit=5, remaining=0, resetSeconds=0.15]]");
        assertThat(inlet.next()).isEqualTo("fault REFUSED 429 retryable");
    }

    @Test
    void theSessionIsToldAfterEachRead() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        assertThat(client.isReadable(inlet)).isTrue();
        connection.sendText("one");
        assertThat(client.isReadable(inlet)).isTrue();
        assertThat(inlet.next()).isEqualTo("text one");
        connection.sendDone();
        assertThat(client.isReadable(inlet)).isTrue();
        assertThat(inlet.next()).isEqualTo("completed");
    }

    @Test
    void anAnswerInSinglesOctetsIsTheSameAnswer() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        String response = head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
                + chunk("data: " + ScriptedUpstream.textDelta("hi") + "\n\n")
                + chunk("data: [DONE]\n\n")
                + "0\r\n\r\n";
        for (char octet : response.toCharArray()) connection.send(String.valueOf(octet));
        assertCompletedWith("hi");
    }

    @Test
    void informationalHeadsAreSkipped() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 100 Continue") + head("HTTP/1.1 103 Early Hints", "Link: x"));
        connection.answer("hi");
        assertCompletedWith("hi");
    }

    // ---- F1, F3: no connection, or none that lasts

    @Test
    void aRefusedConnectionIsUnreachableAndToldLater() throws Exception {
        upstream.close();
        assertThat(client.start(inlet).saidInside()).isEmpty();
        assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
        assertThat(inlet.fault().message()).isEqualTo("the model's server could not be reached: connection refused");
        assertThat(client.isReadable(inlet)).isTrue();
    }

    @Test
    void aFailureThatIsKnownAtOnceIsToldLaterAllTheSame() throws Exception {
        try (LoopbackClient closed = new LoopbackClient(LoopbackClient.settings(upstream.baseUrl("localhost")))) {
            // Names are no longer looked up, so the call fails before start() returns.
            closed.client().close();
            closed.settle();
            assertThat(closed.start(inlet).saidInside()).isEmpty();
            assertThat(inlet.next()).isEqualTo("fault UNREACHABLE 0 retryable");
            assertThat(closed.isReadable(inlet)).isTrue();
        }
    }

    @Test
    void aCloseBeforeTheStatusLineIsTruncatedAndRetryable() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.close();
        assertFault("fault TRUNCATED 0 retryable");
    }

    @Test
    void aResetBeforeTheStatusLineIsTruncatedAndRetryable() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.reset();
        assertFault("fault TRUNCATED 0 retryable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Ty"})
    void aCloseInsideTheHeadIsTruncated(String head) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head);
        connection.close();
        assertFault("fault TRUNCATED 0 retryable");
    }

    // ---- F8, F9, F10: the end comes early

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndInTheMiddleKeepsWhatWasSaidAndIsTruncated(boolean isReset) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendText("one");
        assertThat(inlet.next()).isEqualTo("text one");
        if (isReset) connection.reset();
        else connection.close();
        assertFault("fault TRUNCATED 200");
    }

    @Test
    void anEndInsideTheFirstEventIsTruncatedAndRetryable() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.send("ff\r\ndata: {\"choi");
        connection.close();
        assertFault("fault TRUNCATED 200 retryable");
    }

    @Test
    void aMessageThatEndsWithoutDoneIsTruncated() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendText("one");
        connection.send("0\r\n\r\n");
        assertThat(inlet.next()).isEqualTo("text one");
        assertFault("fault TRUNCATED 200");
    }

    @Test
    void anEndAfterTheFinishIsComplete() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendText("one");
        connection.sendEvent(finish());
        connection.close();
        assertThat(inlet.next()).isEqualTo("text one");
        assertThat(inlet.next()).isEqualTo("finish STOP");
        assertThat(inlet.next()).isEqualTo("completed");
    }

    @Test
    void aBodyThatEndsWithTheConnectionIsAnAnswerToo() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream") + "data: "
                + ScriptedUpstream.textDelta("hi") + "\n\ndata: [DONE]\n\n");
        connection.close();
        assertCompletedWith("hi");
    }

    // ---- F11 to F15: another answer than the one asked for

    @ParameterizedTest
    @ValueSource(ints = {401, 404, 429, 500, 503})
    void aRefusalIsToldWithItsStatus(int status) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        String body = "{\"error\":{\"message\":\"no\",\"type\":\"t\",\"param\":null,\"code\":\"c\"}}";
        connection.send("HTTP/1.1 " + status + " No\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        assertThat(inlet.next()).startsWith("fault REFUSED " + status);
    }

    @Test
    void aRefusalCutShortIsStillARefusal() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send("HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"err");
        connection.close();
        assertThat(inlet.next()).startsWith("fault REFUSED 500");
    }

    @Test
    void aRefusalWithoutEndIsReadNoFurtherThanItsLimit() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send("HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 66; i++) connection.send(chunk("x".repeat(1_000)));
        assertThat(inlet.next()).startsWith("fault REFUSED 500");
        connection.send(chunk("x"));
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aRedirectIsRefusedAndNeverFollowed() throws Exception {
        try (ScriptedUpstream elsewhere = ScriptedUpstream.open()) {
            client.start(inlet);
            Connection connection = upstream.accept();
            connection.readRequest();
            connection.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.baseUrl()
                    + "/chat/completions\r\nContent-Length: 0\r\n\r\n");
            assertThat(inlet.next()).startsWith("fault REFUSED 307");
            assertThat(elsewhere.hasConnection()).isFalse();
            assertThat(upstream.hasConnection()).isFalse();
        }
    }

    @Test
    void whereARedirectLeadsIsNobodysBusiness() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        String body = "{\"error\":{\"message\":\"moved to http://canary/\"}}";
        connection.send("HTTP/1.1 308 No\r\nLocation: http://canary/\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(inlet.next()).isEqualTo("fault REFUSED 308");
        assertThat(inlet.fault().toString()).doesNotContain("canary");
    }

    @Test
    void aRefusalSaysWhenToAskAgain() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 429 No", "retry-after-ms: 1500", "Content-Length: 0"));
        assertThat(inlet.next()).isEqualTo("fault REFUSED 429 retryable");
        assertThat(inlet.fault().retry()).isEqualTo(new UpstreamFault.Retry(true, 1_500));
    }

    @ParameterizedTest
    @ValueSource(strings = {"insufficient_quota", "rate_limit_exceeded"})
    void anEmptyPurseIsNotAskedAgainWhateverTheHeadSays(String code) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        String body = "{\"error\":{\"message\":\"no\",\"code\":\"" + code + "\"}}";
        connection.send("HTTP/1.1 429 No\r\nx-should-retry: true\r\nretry-after: 1\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(inlet.next()).startsWith("fault REFUSED 429");
        assertThat(inlet.fault().retryable()).isEqualTo(code.equals("rate_limit_exceeded"));
    }

    @ParameterizedTest
    @CsvSource({
        "x-request-id: req_1, req_1",
        "apim-request-id: 7d-2, 7d-2",
        "X-Generation-Id: gen:3.4, gen:3.4",
        "x-request-id: with blank, ''",
        "x-request-id: <b>, ''",
    })
    void theProvidersNameForTheExchangeIsToldIfItIsFitForALog(String header, String id) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(
                head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", header, "Transfer-Encoding: chunked"));
        connection.sendText("hi");
        connection.sendDone();
        assertCompletedWith("hi");
        assertThat(inlet.requestId()).isEqualTo(id);
    }

    @Test
    void theModelsAreAskedForWithoutABody() throws Exception {
        RecordingBody body = new RecordingBody();
        client.ask(ModelsRequest.INSTANCE, body);
        Connection connection = upstream.accept();
        Request request = connection.readRequest();
        assertThat(request.line()).isEqualTo("GET /v1/models HTTP/1.1");
        assertThat(request.headers()).doesNotContainKeys("content-type", "content-length", "transfer-encoding");
        connection.send(head("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 2") + "{}");
        assertThat(body.next()).isEqualTo("head application/json");
        assertThat(body.next()).isEqualTo("body {}");
        assertThat(body.next()).isEqualTo("completed");
    }

    @Test
    void aRefusalInsteadOfBytesIsAFault() throws Exception {
        RecordingBody body = new RecordingBody();
        client.ask(ModelsRequest.INSTANCE, body);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head("HTTP/1.1 503 No", "retry-after: 3", "Content-Length: 0"));
        assertThat(body.next()).isEqualTo("fault REFUSED 503 after 3000");
    }

    @Test
    void aPageInsteadOfAStreamIsInvalid() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
        assertFault("fault INVALID 200");
    }

    @Test
    void aCompressedBodyIsInvalid() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head(
                "HTTP/1.1 200 OK",
                "Content-Type: text/event-stream",
                "Content-Encoding: gzip",
                "Transfer-Encoding: chunked"));
        assertFault("fault INVALID 200");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    // ---- F20: what is not HTTP

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"})
    void anotherProtocolIsInvalid(String head) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send(head);
        assertFault("fault INVALID 0");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aHeadWithoutEndIsInvalidAtItsLimit() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send("HTTP/1.1 200 OK\r\n" + ("X-Filler: " + "x".repeat(1_000) + "\r\n").repeat(33));
        assertFault("fault INVALID 0");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void informationalHeadsWithoutEndAreInvalid() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.send("HTTP/1.1 100 Continue\r\n\r\n".repeat(17));
        assertFault("fault INVALID 0");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "-1\r\n", "fffffffff\r\n"})
    void aBadChunkSizeIsInvalid(String size) throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendText("one");
        connection.send(size);
        assertThat(inlet.next()).isEqualTo("text one");
        assertFault("fault INVALID 200");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    // ---- F21: more than was asked for

    @Test
    void dataAfterDoneIsIgnoredAndEndsTheConnection() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.send(chunk("data: [DONE]\n\n"));
        assertThat(inlet.next()).isEqualTo("completed");
        connection.sendText("more");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aSecondResponseIsIgnoredAndEndsTheConnection() throws Exception {
        client.start(inlet);
        Connection connection = upstream.accept();
        connection.readRequest();
        String response =
                head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Content-Length: 14") + "data: [DONE]\n\n";
        connection.send(response + response);
        assertThat(inlet.next()).isEqualTo("completed");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    // ---- cancel

    @Test
    void cancelClosesTheSocketAndNothingMoreArrives() throws Exception {
        UpstreamCalls.Call call = client.start(inlet).call();
        Connection connection = upstream.accept();
        connection.readRequest();
        connection.sendStreamHead();
        connection.sendText("one");
        assertThat(inlet.next()).isEqualTo("text one");
        client.settle();
        client.run(() -> {
            client.clearNotices();
            call.cancel();
            call.cancel();
            call.resumeReads();
        });
        assertThat(connection.isClosedByClient()).isTrue();
        client.settle();
        inlet.assertSilent();
        assertThat(client.notices()).isZero();
    }

    @Test
    void cancelWhileConnectingIsSilent() throws Exception {
        client.run(() -> client.cancelAtOnce(inlet));
        if (upstream.hasConnection()) client.settle();
        client.settle();
        inlet.assertSilent();
        assertThat(client.notices()).isZero();
    }

    @Test
    void cancelWithAnUnsentRequestClosesTheSocketAtOnce() throws Exception {
        ChatRequest request =
                LoopbackClient.request(new ChatMessage.AudioPart(AudioClip.of(24_000, new byte[15_000_000])));
        UpstreamCalls.Call call = client.start(request, inlet).call();
        Connection connection = upstream.accept();
        client.settle();
        client.run(call::cancel);
        connection.readUntilClosed();
    }

    private void assertCompletedWith(String text) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo("text " + text);
        assertThat(inlet.next()).isEqualTo("completed");
    }

    private void assertFault(String line) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo(line);
        assertThat(client.isReadable(inlet)).isTrue();
    }

    private static String bodyOf(ChatRequest request) {
        ByteBuf body = ByteBufAllocator.DEFAULT.heapBuffer();
        try {
            new ChatRequestWriter().write(request, body);
            return body.toString(StandardCharsets.UTF_8);
        } finally {
            body.release();
        }
    }
}
