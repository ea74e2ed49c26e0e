package dev.antiphon.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names never hold up an event loop (F25). */
@Timeout(30)
final class HostResolverTest {
    private static final long WAIT_MILLIS = 5_000;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = (EventLoop) loops.iterator().next();
    private final AtomicLong clockNanos = new AtomicLong(1_000_000_000); // turned by the test, read by the lookups
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void close() {
        released.countDown();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void literalAddressesAreAnsweredWithoutALookup() throws Exception {
        try (HostResolver resolver = resolver(host -> {
            throw new AssertionError(host);
        })) {
            for (String literal : List.of("127.0.0.1", "0:0:0:0:0:0:0:1", "10.1.2.3")) {
                Promise<List<InetAddress>> answer = resolver.resolve(literal, loop);
                assertThat(answer.isSuccess()).isTrue();
                assertThat(answer.getNow())
                        .extracting(InetAddress::getHostAddress)
                        .containsExactly(literal);
            }
        }
    }

    @Test
    void aNameIsLookedUpOnAnotherThread() throws Exception {
        try (HostResolver resolver = resolver(host -> {
            assertThat(Thread.currentThread().getName()).startsWith("antiphon-resolver");
            return new InetAddress[] {loopback(1)};
        })) {
            Promise<List<InetAddress>> answer = resolver.resolve("model.example", loop);
            assertThat(answer.await(WAIT_MILLIS)).isTrue();
            assertThat(answer.getNow()).containsExactly(loopback(1));
        }
    }

    @Test
    void anUnknownNameIsSaidToBeOne() throws Exception {
        try (HostResolver resolver = resolver(host -> {
            throw new UnknownHostException(host);
        })) {
            Promise<UpstreamLink> opened = connector(resolver, 80, 5_000).connect(loop);
            assertThat(opened.await(WAIT_MILLIS)).isTrue();
            assertThat(opened.cause()).isInstanceOf(UnknownHostException.class);
            assertThat(TransportFault.unreachable(opened.cause()).message()).endsWith("no such host");
        }
    }

    @Test
    void aLookupThatHangsHasTwoSecondsAndTheLoopGoesOn() throws Exception {
        try (HostResolver resolver = resolver(this::hang)) {
            Promise<UpstreamLink> opened = connector(resolver, 80, 100).connect(loop);
            loop.submit(() -> {}).get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(opened.await(WAIT_MILLIS)).isTrue();
            assertThat(opened.cause()).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void everyConnectionAsksAnew() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        try (HostResolver resolver = resolver(host -> new InetAddress[] {loopback(lookups.incrementAndGet())})) {
            assertThat(answerOf(resolver)).containsExactly(loopback(1));
            assertThat(answerOf(resolver)).containsExactly(loopback(2));
        }
    }

    @Test
    void aFailureIsBridgedByAnAnswerOfTheLastThirtySeconds() throws Exception {
        AtomicBoolean isDown = new AtomicBoolean();
        try (HostResolver resolver = resolver(host -> {
            if (isDown.get()) throw new UnknownHostException(host);
            return new InetAddress[] {loopback(1)};
        })) {
            assertThat(answerOf(resolver)).containsExactly(loopback(1));
            isDown.set(true);
            clockNanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
            assertThat(answerOf(resolver)).containsExactly(loopback(1));
            clockNanos.addAndGet(1);
            Promise<List<InetAddress>> tooOld = resolver.resolve("model.example", loop);
            assertThat(tooOld.await(WAIT_MILLIS)).isTrue();
            assertThat(tooOld.cause()).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void silenceIsBridgedByAnAnswerOfTheLastThirtySeconds() throws Exception {
        AtomicBoolean isSilent = new AtomicBoolean();
        try (HostResolver resolver = resolver(host -> isSilent.get() ? hang(host) : new InetAddress[] {loopback(1)})) {
            assertThat(answerOf(resolver)).containsExactly(loopback(1));
            isSilent.set(true);
            assertThat(answerOf(resolver)).containsExactly(loopback(1));
        }
    }

    @Test
    void lookupsBeyondTheQueueFailAtOnce() throws Exception {
        try (HostResolver resolver = resolver(this::hang)) {
            for (int i = 0; i < 258; i++) {
                assertThat(resolver.resolve("model.example", loop).isDone()).isFalse();
            }
            Promise<List<InetAddress>> answer = resolver.resolve("model.example", loop);
            assertThat(answer.isDone()).isTrue();
            assertThat(answer.cause()).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void theNextAddressIsTriedWhenOneRefuses() throws Exception {
        InetAddress refusing = loopback(2);
        InetAddress accepting = loopback(1);
        try (ServerSocket server = new ServerSocket(0, 1, accepting);
                HostResolver resolver = resolver(host -> new InetAddress[] {refusing, accepting})) {
            Promise<UpstreamLink> opened =
                    connector(resolver, server.getLocalPort(), 5_000).connect(loop);
            assertThat(opened.await(WAIT_MILLIS)).isTrue();
            assertThat(opened.isSuccess()).isTrue();
        }
    }

    @Test
    void theLastRefusalIsTheAnswerWhenAllRefuse() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, loopback(1))) {
            port = server.getLocalPort();
        }
        try (HostResolver resolver = resolver(host -> new InetAddress[] {loopback(2), loopback(1)})) {
            Promise<UpstreamLink> opened = connector(resolver, port, 5_000).connect(loop);
            assertThat(opened.await(WAIT_MILLIS)).isTrue();
            assertThat(opened.cause()).isInstanceOf(ConnectException.class);
        }
    }

    private List<InetAddress> answerOf(HostResolver resolver) throws InterruptedException {
        Promise<List<InetAddress>> answer = resolver.resolve("model.example", loop);
        assertThat(answer.await(WAIT_MILLIS)).isTrue();
        return answer.getNow();
    }

    private InetAddress[] hang(String host) throws UnknownHostException {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new UnknownHostException(host);
    }

    private static InetAddress loopback(int last) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    }

    private HostResolver resolver(HostResolver.Lookup lookup) {
        return new HostResolver(lookup, clockNanos::get);
    }

    private static UpstreamConnector connector(HostResolver resolver, int port, int connectMillis) {
        UpstreamSettings settings = LoopbackClient.settings("http://model.example:" + port)
                .withDeadlines(new UpstreamSettings.Deadlines(connectMillis, 30_000, 30_000, 30_000));
        return new UpstreamConnector(settings, null, resolver);
    }
}
