package dev.antiphon.server.upstream;

import static dev.antiphon.server.testing.ScriptedUpstream.chunk;
import static dev.antiphon.server.testing.ScriptedUpstream.finish;
import static dev.antiphon.server.testing.ScriptedUpstream.head;
import static dev.antiphon.server.testing.ScriptedUpstream.textDelta;
import static org.assertj.core.api.Assertions.assertThat;

import dev.antiphon.server.upstream.UpstreamSettings.Deadlines;
import dev.antiphon.server.upstream.UpstreamSettings.Pooling;
import dev.antiphon.testing.NoBufferLeaks;
import dev.antiphon.time.NanoClock;
import dev.antiphon.upstream.ReplyDecoder;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How long a call waits for what, to the millisecond. */
@ExtendWith(NoBufferLeaks.class)
final class UpstreamDeadlineTest {
    private static final String STREAM_HEAD =
            head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked");

    private final UpstreamSettings settings =
            LoopbackClient.settings("http://127.0.0.1/v1").withDeadlines(new Deadlines(1_000, 10_000, 10_000, 2_000));
    private final SlowChannel channel = new SlowChannel();
    private final RecordingInlet inlet = new RecordingInlet();
    private final NanoClock clock = () -> channel.eventLoop().ticker().nanoTime();
    private final HostResolver resolver = new HostResolver(InetAddress::getAllByName, clock);
    private final IdleLife idleLife = new IdleLife(60_000_000_000L);
    private final UpstreamPool pool = new UpstreamPool(
            channel.eventLoop(),
            new UpstreamConnector(settings, null, resolver),
            new Pooling(8, 60_000, 0),
            idleLife,
            (carrier, onEnd) -> {
                throw new AssertionError("a refresh");
            },
            clock);
    private int notices;
    private final UpstreamCall call = new UpstreamCall(
            new CallBoarding(channel.eventLoop(), pool, null),
            channel.eventLoop(),
            clock,
            InstantSource.system(),
            settings.deadlines(),
            settings.deadlines().firstByteMillis(),
            new ReplyDecoder(settings.maxEventBytes(), inlet),
            new ReplyOutlet(inlet, readable -> notices++));

    @BeforeEach
    void stopTime() {
        channel.freezeTime();
        pool.giveBack(UpstreamConnection.install(channel.pipeline()));
    }

    @AfterEach
    void everythingSaidWasAsserted() {
        channel.finishAndReleaseAll();
        pool.close();
        resolver.close();
        inlet.assertSilent();
    }

    @Test
    void theHeadHasTenSecondsFromTheRequest() throws Exception {
        start();
        advance(9_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 0 retryable");
        assertThat(inlet.fault().code()).isEqualTo("upstream_timeout");
        assertThat(notices).isEqualTo(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void halfAHeadDoesNotMoveItsDeadline() throws Exception {
        start();
        advance(6_000);
        receive("HTTP/1.1 200 OK\r\nConte");
        advance(3_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 0 retryable");
    }

    @Test
    void aRequestThatIsStillBeingSentHasTenSecondsForEachStep() throws Exception {
        channel.isStuck = true;
        start();
        advance(9_000);
        channel.take(1);
        advance(1_000);
        inlet.assertSilent();
        advance(9_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 0 retryable");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theHeadHasTenSecondsFromTheRequestsLastByte() throws Exception {
        channel.isStuck = true;
        start();
        advance(9_000);
        channel.isStuck = false;
        channel.flush();
        advance(9_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 0 retryable");
    }

    @Test
    void anyByteGivesTheStreamTenSecondsMore() throws Exception {
        start();
        receive(STREAM_HEAD);
        advance(9_999);
        receive(chunk("data: " + textDelta("one") + "\n\n"));
        assertThat(inlet.next()).isEqualTo("text one");
        for (int i = 0; i < 10; i++) {
            advance(9_999);
            receive(chunk(":\n\n"));
        }
        advance(9_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 200");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aSilentStreamIsNotOurSilence() throws Exception {
        start();
        inlet.setFull(true);
        receive(STREAM_HEAD);
        advance(3_600_000);
        inlet.assertSilent();
        inlet.setFull(false);
        call.resumeReads();
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isTrue();
        advance(9_999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("fault TIMEOUT 200");
    }

    @Test
    void aCompleteAnswerWaitsTwoSecondsForDone() throws Exception {
        start();
        receive(STREAM_HEAD + chunk("data: " + finish() + "\n\n"));
        assertThat(inlet.next()).isEqualTo("finish STOP");
        advance(1_000);
        // More bytes do not buy more grace.
        receive(chunk(":\n\n"));
        advance(999);
        inlet.assertSilent();
        advance(1);
        assertThat(inlet.next()).isEqualTo("completed");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theMessageMayEndTwoSecondsAfterDone() throws Exception {
        start();
        receive(STREAM_HEAD + chunk("data: [DONE]\n\n"));
        assertThat(inlet.next()).isEqualTo("completed");
        advance(1_999);
        receive("0\r\n\r\n");
        assertThat(channel.isOpen()).isTrue();
        assertThat(pool.idleConnections()).isEqualTo(1);
        advance(10_000);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aMessageThatDoesNotEndInTimeCostsTheConnection() throws Exception {
        start();
        receive(STREAM_HEAD + chunk("data: [DONE]\n\n"));
        assertThat(inlet.next()).isEqualTo("completed");
        advance(1_999);
        assertThat(channel.isOpen()).isTrue();
        advance(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(pool.idleConnections()).isZero();
    }

    @Test
    void aRefusalThatHangsIsStillARefusal() throws Exception {
        start();
        receive(head("HTTP/1.1 500 No", "Content-Type: text/plain", "Content-Length: 100") + "sorry");
        advance(10_000);
        assertThat(inlet.next()).isEqualTo("fault REFUSED 500 retryable");
    }

    @Test
    void aConnectionLivesIdleForItsTime() {
        advance(59_999);
        assertThat(channel.isOpen()).isTrue();
        advance(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(pool.idleConnections()).isZero();
    }

    @Test
    void aServerThatHangsUpOnSilenceIsPreempted() {
        advance(20_000);
        channel.close().syncUninterruptibly();
        channel.runPendingTasks();
        assertThat(TimeUnit.NANOSECONDS.toMillis(idleLife.nanos(clock.nanoTime())))
                .isEqualTo(16_000);
    }

    private void start() {
        call.start(new CallRequest(
                HttpMethod.POST,
                "/",
                new DefaultHttpHeaders(),
                channel.alloc().directBuffer().writeZero(1_000)));
        inlet.assertSilent();
    }

    private void advance(int millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
    }

    private void receive(String bytes) {
        channel.writeInbound(ByteBufUtil.writeAscii(channel.alloc(), bytes));
    }

    /** A channel whose peer takes what the test says. */
    private static final class SlowChannel extends EmbeddedChannel {
        private boolean isStuck;

        /** The peer takes {@code bytes} of what waits. */
        void take(int bytes) {
            ChannelOutboundBuffer waiting = unsafe().outboundBuffer();
            waiting.progress(bytes);
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer waiting) throws Exception {
            if (!isStuck) super.doWrite(waiting);
        }
    }
}
