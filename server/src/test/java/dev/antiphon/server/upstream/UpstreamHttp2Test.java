package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.server.testing.ScriptedHttp2Upstream;
import dev.antiphon.server.testing.ScriptedHttp2Upstream.Connection;
import dev.antiphon.server.testing.ScriptedHttp2Upstream.Exchange;
import dev.antiphon.server.testing.ScriptedUpstream;
import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.server.upstream.UpstreamSettings.Protocol;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault.Retry;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many calls on one connection: none of them notices another, and each ends as it would alone (RFC 9113). */
@ExtendWith(NoBufferLeaks.class)
@Timeout(60)
final class UpstreamHttp2Test {
    private static final int MIB = 1 << 20;

    private ScriptedHttp2Upstream upstream = ScriptedHttp2Upstream.open();
    private LoopbackClient client = new LoopbackClient(settings());
    private final RecordingInlet inlet = new RecordingInlet();
    private final RecordingInlet other = new RecordingInlet();

    @AfterEach
    void everythingSaidWasAsserted() {
        client.settle();
        client.close();
        upstream.close();
        inlet.assertSilent();
        other.assertSilent();
    }

    // ---- one exchange

    @Test
    void theRequestCarriesWhatTheServerNeedsAndNothingElse() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        List<String> names = new ArrayList<>();
        exchange.headers().forEach(header -> names.add(header.getKey().toString()));
        assertThat(names)
                .containsExactlyInAnyOrder(
                        ":method",
                        ":path",
                        ":authority",
                        ":scheme",
                        "user-agent",
                        "accept",
                        "accept-encoding",
                        "content-type",
                        "content-length");
        assertThat(exchange.headers().method()).hasToString("POST");
        assertThat(exchange.headers().path()).hasToString("/v1/chat/completions");
        assertThat(exchange.headers().authority()).hasToString("127.0.0.1:" + upstream.port());
        assertThat(exchange.headers().scheme()).hasToString("http");
        assertThat(exchange.body()).contains("hello");
        exchange.answer("hi");
        assertCompletedWith(inlet, "hi");
    }

    @Test
    void aLongRequestArrivesWholeThroughTheServersWindow() throws Exception {
        ChatRequest request =
                LoopbackClient.request(new ChatMessage.AudioPart(AudioClip.of(24_000, new byte[4_000_000])));
        client.start(request, inlet);
        Exchange exchange = upstream.accept().next();
        assertThat(exchange.body()).hasSizeGreaterThan(5_333_333).endsWith("}");
        exchange.answer("hi");
        assertCompletedWith(inlet, "hi");
    }

    @Test
    void stagesAreStampedInOrderAndOnce() throws Exception {
        client.start(inlet);
        upstream.accept().next().answer("hi");
        assertThat(inlet.nextWithStages()).isEqualTo("stage REQUEST_WRITTEN");
        assertThat(inlet.nextWithStages()).isEqualTo("stage FIRST_UPSTREAM_BYTE");
        assertThat(inlet.nextWithStages()).isEqualTo("text hi");
        assertThat(inlet.nextWithStages()).isEqualTo("completed");
    }

    @Test
    void aRefusalSaysWhenToAskAgainAndWhatItIsCalled() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendHead(100);
        exchange.sendHead(429, "content-type", "application/json", "retry-after", "2", "x-request-id", "req_1");
        exchange.sendLast("{\"error\":{\"message\":\"no\"}}");
        assertThat(inlet.next()).isEqualTo("fault REFUSED 429 retryable");
        assertThat(inlet.fault().retry()).isEqualTo(new Retry(true, 2_000));
        assertThat(inlet.requestId()).isEqualTo("req_1");
    }

    @Test
    void aRefusalThatIsAllHeadIsOneToo() throws Exception {
        client.start(inlet);
        upstream.accept().next().sendHeadAlone(503);
        assertThat(inlet.next()).isEqualTo("fault REFUSED 503 retryable");
    }

    @Test
    void aPageInsteadOfAStreamIsInvalidAndReset() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendHead(200, "content-type", "text/html");
        exchange.send("<html>");
        assertThat(inlet.next()).isEqualTo("fault INVALID 200");
        assertThat(exchange.awaitReset()).isEqualTo(Http2Error.CANCEL);
    }

    @Test
    void aHeadOverTheLimitIsInvalid() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendHead(200, "content-type", "text/event-stream", "x-filler", "x".repeat(33_000));
        assertThat(inlet.next()).startsWith("fault ");
        assertThat(inlet.fault().httpStatus()).isZero();
    }

    @Test
    void dataAfterDoneIsIgnoredAndReset() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendStreamHead();
        exchange.send("data: [DONE]\n\n");
        assertThat(inlet.next()).isEqualTo("completed");
        exchange.sendText("more");
        assertThat(exchange.awaitReset()).isEqualTo(Http2Error.CANCEL);
    }

    // ---- many

    @Test
    void callsAtATimeShareOneConnection() throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        client.start(other);
        Exchange first = connection.next();
        Exchange second = connection.next();
        first.sendStreamHead();
        first.sendText("one");
        second.answer("two");
        assertCompletedWith(other, "two");
        first.sendLast("data: [DONE]\n\n");
        assertCompletedWith(inlet, "one");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void cancelResetsItsStreamAndNoOther() throws Exception {
        Connection connection = openConnection();
        UpstreamCalls.Call call = client.start(inlet).call();
        Exchange first = connection.next();
        client.start(other);
        Exchange second = connection.next();
        first.sendStreamHead();
        first.sendText("one");
        assertThat(inlet.next()).isEqualTo("text one");
        client.run(call::cancel);
        assertThat(first.awaitReset()).isEqualTo(Http2Error.CANCEL);
        second.answer("two");
        assertCompletedWith(other, "two");
        inlet.assertSilent();
        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void aSecondOfSoundNeverWaitsForAWindow() throws Exception {
        Connection connection = openConnection();
        assertThat(connection.clientSettings().initialWindowSize()).isEqualTo(MIB);
        assertThat(connection.windowBytes()).isGreaterThan(8 * MIB);
    }

    @Test
    void aCallThatDoesNotReadStopsItsOwnStreamOnly() throws Exception {
        Connection connection = openConnection();
        inlet.countText();
        inlet.setFull(true);
        UpstreamCalls.Call call = client.start(inlet).call();
        Exchange slow = connection.next();
        slow.sendStreamHead();
        String event = "data: " + ScriptedUpstream.textDelta("x".repeat(8_000)) + "\n\n";
        int events = 4_000; // 32 MB, which is more than the window of the whole connection
        for (int i = 0; i < events; i++) slow.burst(event);
        await().until(() -> slow.takenBytes() > MIB / 2);

        for (int i = 0; i < 3; i++) {
            client.start(other);
            Exchange quick = connection.next();
            quick.answer("z".repeat(500_000));
            assertCompletedWith(other, "z".repeat(500_000));
        }
        assertThat(slow.takenBytes()).isLessThanOrEqualTo(2 * MIB);
        assertThat(inlet.textChars()).isLessThan(MIB);

        inlet.setFull(false);
        client.run(call::resumeReads);
        await().atMost(Duration.ofSeconds(30)).until(() -> slow.takenBytes() == (long) events * event.length());
        slow.sendLast("data: [DONE]\n\n");
        assertThat(inlet.next()).isEqualTo("completed");
        assertThat(inlet.textChars()).isEqualTo(8_000L * events);
    }

    @Test
    void callsThatDoNotReadHoldUpNoOtherHoweverManyTheyAre() throws Exception {
        Connection connection = openConnection();
        String event = "data: " + ScriptedUpstream.textDelta("x".repeat(8_000)) + "\n\n";
        List<UpstreamCalls.Call> slow = new ArrayList<>();
        for (int i = 0; i < 18; i++) { // of a MiB each: more than the window of the whole connection
            RecordingInlet full = new RecordingInlet();
            full.countText();
            full.setFull(true);
            slow.add(client.start(full).call());
            Exchange exchange = connection.next();
            exchange.sendStreamHead();
            for (int sent = 0; sent < 2 * MIB; sent += event.length()) exchange.burst(event);
            await().until(() -> exchange.takenBytes() > MIB - 20_000);
        }
        client.start(other);
        connection.next().answer("two");
        assertCompletedWith(other, "two");
        client.run(() -> slow.forEach(UpstreamCalls.Call::cancel));
    }

    @Test
    void cancelWhileFullFreesWhatWaits() throws Exception {
        Connection connection = openConnection();
        UpstreamCalls.Call call = client.start(inlet).call();
        Exchange exchange = connection.next();
        exchange.sendStreamHead();
        await().until(() -> client.isReadable(inlet));
        inlet.setFull(true);
        for (int i = 0; i < 50; i++) exchange.sendText("x".repeat(1_000));
        assertThat(inlet.next()).startsWith("text ");
        client.run(call::cancel);
        assertThat(exchange.awaitReset()).isEqualTo(Http2Error.CANCEL);
        inlet.assertSilent();
    }

    @Test
    void whenAConnectionIsFullAnotherIsOpened() throws Exception {
        reopen(1);
        Connection first = openConnection();
        client.start(inlet);
        Exchange one = first.next();
        client.start(other);
        Exchange two = upstream.accept().next();
        one.answer("one");
        two.answer("two");
        assertCompletedWith(inlet, "one");
        assertCompletedWith(other, "two");
    }

    @Test
    void callsThatComeTogetherWaitForOneConnection() throws Exception {
        openConnection().close();
        await().until(() -> idleConnections() == 0);
        client.run(() -> {
            client.startOnLoop(inlet);
            client.startOnLoop(other);
        });
        Connection connection = upstream.accept();
        connection.next().answer("one");
        connection.next().answer("two");
        assertCompletedWith(inlet, "one");
        assertCompletedWith(other, "two");
        assertThat(upstream.hasConnection()).isFalse();
    }

    // ---- ends of all kinds

    @Test
    void aRefusedStreamIsSentAgainOnceOnAFreshConnection() throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        Exchange lost = connection.next();
        lost.reset(Http2Error.REFUSED_STREAM);
        Exchange again = upstream.accept().next();
        assertThat(again.body()).isEqualTo(lost.body());
        again.reset(Http2Error.REFUSED_STREAM);
        assertThat(inlet.next()).as("and nobody else sends it again").isEqualTo("fault TRUNCATED 0");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = Http2Error.class,
            names = {"NO_ERROR", "INTERNAL_ERROR", "CANCEL", "ENHANCE_YOUR_CALM"})
    void aStreamResetForAnotherReasonIsNotSentAgain(Http2Error error) throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        connection.next().reset(error);
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 0 retryable");
        assertThat(upstream.hasConnection()).isFalse();
        assertThat(connection.hasRequest()).isFalse();
    }

    @Test
    void aResetInTheMiddleIsTruncated() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendStreamHead();
        exchange.sendText("one");
        assertThat(inlet.next()).isEqualTo("text one");
        exchange.reset(Http2Error.INTERNAL_ERROR);
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 200");
    }

    @Test
    void anEndWithoutDoneIsTruncated() throws Exception {
        client.start(inlet);
        Exchange exchange = upstream.accept().next();
        exchange.sendStreamHead();
        exchange.sendLast("data: " + ScriptedUpstream.textDelta("one") + "\n\n");
        assertThat(inlet.next()).isEqualTo("text one");
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 200");
    }

    @Test
    void goAwayLetsTheProcessedEndAndSendsTheOthersAgain() throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        Exchange processed = connection.next();
        client.start(other);
        Exchange unprocessed = connection.next();
        connection.goAwayAfter(processed);
        Exchange again = upstream.accept().next();
        assertThat(again.body()).isEqualTo(unprocessed.body());
        again.answer("two");
        assertCompletedWith(other, "two");
        processed.answer("one");
        assertCompletedWith(inlet, "one");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aServerThatIsGoingGetsNoMoreCalls() throws Exception {
        Connection going = openConnection();
        client.start(inlet);
        Exchange last = going.next();
        going.goAwayGracefully();
        await().until(() -> idleConnections() == 0);
        client.settle();
        client.start(other);
        upstream.accept().next().answer("two");
        assertCompletedWith(other, "two");
        last.answer("one");
        assertCompletedWith(inlet, "one");
        assertThat(going.isClosedByClient()).isTrue();
    }

    @Test
    void aConnectionThatDiesTakesEachCallWithIt() throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        Exchange answering = connection.next();
        answering.sendStreamHead();
        answering.sendText("one");
        assertThat(inlet.next()).isEqualTo("text one");
        client.start(other);
        connection.next();
        connection.close();
        assertThat(inlet.next()).isEqualTo("fault TRUNCATED 200");
        // The other had not been answered, on a connection that was kept: it may have been dead all along.
        upstream.accept().next().answer("two");
        assertCompletedWith(other, "two");
    }

    @Test
    void aConnectionThatFellSilentGetsNoMoreCalls() throws Exception {
        reopen(settings().withDeadlines(new Deadlines(5_000, 200, 30_000, 30_000)));
        Connection connection = openConnection();
        client.start(inlet);
        Exchange mute = connection.next();
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 0 retryable");
        mute.awaitReset();
        client.start(other);
        upstream.accept().next().answer("two");
        assertCompletedWith(other, "two");
    }

    // ---- kept

    @Test
    void aWarmConnectionIsThereBeforeTheFirstCallAndOneIsEnough() throws Exception {
        reopen(settings().withPooling(new Pooling(8, 60_000, 2)));
        client.client().open();
        Connection first = upstream.accept();
        Connection second = upstream.accept();
        await().until(() -> first.isOpen() != second.isOpen());
        client.start(inlet);
        (first.isOpen() ? first : second).next().answer("one");
        assertCompletedWith(inlet, "one");
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void aConnectionIdleForTooLongIsClosed() throws Exception {
        reopen(settings().withPooling(new Pooling(8, 50, 0)));
        Connection connection = openConnection();
        assertThat(connection.isClosedByClient()).isTrue();
    }

    @Test
    void aWarmConnectionIsAskedForTheModelsAndKept() throws Exception {
        reopen(settings().withPooling(new Pooling(8, 300, 1, true)));
        client.client().open();
        Connection warm = upstream.accept();
        for (int i = 0; i < 2; i++) {
            Exchange refresh = warm.next();
            assertThat(refresh.headers().method()).hasToString("GET");
            assertThat(refresh.headers().path()).hasToString("/v1/models");
            refresh.sendHead(200, "content-type", "application/json");
            refresh.sendLast("{}");
        }
        assertThat(upstream.hasConnection()).isFalse();
    }

    @Test
    void closeEndsIdleConnectionsAtOnceAndTheOthersAfterTheirCall() throws Exception {
        Connection connection = openConnection();
        client.start(inlet);
        Exchange busy = connection.next();
        client.client().close();
        busy.answer("one");
        assertCompletedWith(inlet, "one");
        assertThat(connection.isClosedByClient()).isTrue();
    }

    // ---- the stage

    /** A connection that has carried a call and carries none now. */
    private Connection openConnection() throws Exception {
        client.clearNotices();
        RecordingInlet opener = new RecordingInlet();
        client.start(opener);
        Connection connection = upstream.accept();
        connection.next().answer("open");
        assertCompletedWith(opener, "open");
        client.settle();
        client.clearNotices();
        return connection;
    }

    private void reopen(UpstreamSettings settings) {
        client.close();
        client = new LoopbackClient(settings);
    }

    private void reopen(int maxStreams) {
        client.close();
        upstream.close();
        upstream = ScriptedHttp2Upstream.open(ScriptedHttp2Upstream.settings().maxConcurrentStreams(maxStreams));
        client = new LoopbackClient(settings());
    }

    private UpstreamSettings settings() {
        return LoopbackClient.settings(upstream.baseUrl()).withProtocol(Protocol.HTTP2);
    }

    private int idleConnections() {
        return client.onLoop(() -> client.client().idleConnections());
    }

    private static void assertCompletedWith(RecordingInlet inlet, String text) throws InterruptedException {
        assertThat(inlet.next()).isEqualTo("text " + text);
        assertThat(inlet.next()).isEqualTo("completed");
    }
}
