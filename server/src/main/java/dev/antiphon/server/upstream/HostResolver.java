package dev.antiphon.server.upstream;

import dev.antiphon.time.NanoClock;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Host names to addresses, off the event loops: the JDK's resolver blocks, so it has threads of its own. Every connection
 * asks anew; fresh answers come from the JDK's cache ({@code networkaddress.cache.ttl}, 30 seconds unless set), literal
 * addresses need no thread.
 *
 * <p>A name service that fails or is slow is bridged (F25): an answer of the last 30 seconds stands in for a failure at
 * once, and for silence after a moment; without one, a lookup has two seconds. A lookup that hangs on costs this class one
 * thread until the system's resolver gives up; when all threads hang and the queue is full, further lookups fail at once.
 *
 * <p>Threading: thread-safe.
 */
final class HostResolver implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int QUEUED_LOOKUPS = 256;
    private static final long LOOKUP_MILLIS = 2_000;
    /** How long a lookup may take before an answer that is known will do. */
    private static final long PATIENCE_MILLIS = 100;

    private static final long ANSWER_LIFE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** A gateway talks with a handful of servers. */
    private static final int MAX_ANSWERS = 64;

    private final Lookup lookup;
    private final NanoClock clock;
    private final Map<String, Answer> lastAnswers = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;

    /** The blocking call. */
    interface Lookup {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    private record Answer(List<InetAddress> addresses, long atNanos) {}

    HostResolver(Lookup lookup, NanoClock clock) {
        this.lookup = lookup;
        this.clock = clock;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUED_LOOKUPS),
                new DefaultThreadFactory("antiphon-resolver", true));
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * @return completes on {@code loop}, with at least one address, in the order of the resolver's preference, or with an
     *     {@link UnknownHostException}
     */
    Promise<List<InetAddress>> resolve(String host, EventLoop loop) {
        Promise<List<InetAddress>> answer = loop.newPromise();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            answerWith(answer, () -> new InetAddress[] {InetAddress.getByAddress(host, literal)});
            return answer;
        }
        long patienceMillis = known(host) == null ? LOOKUP_MILLIS : PATIENCE_MILLIS;
        ScheduledFuture<?> patience =
                loop.schedule(() -> answerFromMemory(host, answer, "slow"), patienceMillis, TimeUnit.MILLISECONDS);
        answer.addListener(done -> patience.cancel(false));
        try {
            threads.execute(() -> lookUp(host, answer));
        } catch (RejectedExecutionException e) {
            answerFromMemory(host, answer, "lookups waiting: " + QUEUED_LOOKUPS + ", or closed");
        }
        return answer;
    }

    private void lookUp(String host, Promise<List<InetAddress>> answer) {
        try {
            List<InetAddress> addresses = List.of(lookup.addressesOf(host));
            if (lastAnswers.size() >= MAX_ANSWERS) lastAnswers.clear();
            lastAnswers.put(host, new Answer(addresses, clock.nanoTime()));
            answer.trySuccess(addresses);
        } catch (UnknownHostException e) {
            answerFromMemory(host, answer, "unknown");
        }
    }

    private void answerFromMemory(String host, Promise<List<InetAddress>> answer, String reason) {
        List<InetAddress> known = known(host);
        if (known == null) answer.tryFailure(new UnknownHostException(host + ": " + reason));
        else answer.trySuccess(known);
    }

    private @Nullable List<InetAddress> known(String host) {
        Answer last = lastAnswers.get(host);
        return last == null || clock.nanoTime() - last.atNanos() > ANSWER_LIFE_NANOS ? null : last.addresses();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private interface Addresses {
        InetAddress[] get() throws UnknownHostException;
    }

    private static void answerWith(Promise<List<InetAddress>> answer, Addresses addresses) {
        try {
            answer.trySuccess(List.of(addresses.get()));
        } catch (UnknownHostException e) {
            answer.tryFailure(e);
        }
    }
}
