package dev.antiphon.server.upstream;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Host names to addresses, off the event loops: the JDK's resolver blocks, so it has threads of its own. Answers are
 * cached by the JDK ({@code networkaddress.cache.ttl}, 30 seconds unless set), literal addresses need no thread.
 *
 * <p>A lookup that hangs costs its callers their connect deadline and this class one thread until the system's resolver
 * gives up; when all threads hang and the queue is full, further lookups fail at once.
 *
 * <p>Threading: thread-safe.
 */
final class HostResolver implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int QUEUED_LOOKUPS = 256;

    private final Lookup lookup;
    private final ThreadPoolExecutor threads;

    /** The blocking call. */
    interface Lookup {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    HostResolver(Lookup lookup) {
        this.lookup = lookup;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUED_LOOKUPS),
                new DefaultThreadFactory("antiphon-resolver", true));
        threads.allowCoreThreadTimeOut(true);
    }

    /** @param answer completed with at least one address, in the order of the resolver's preference, or failed */
    void resolve(String host, Promise<List<InetAddress>> answer) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            answerWith(answer, () -> new InetAddress[] {InetAddress.getByAddress(host, literal)});
            return;
        }
        try {
            threads.execute(() -> answerWith(answer, () -> lookup.addressesOf(host)));
        } catch (RejectedExecutionException e) {
            answer.tryFailure(new UnknownHostException("lookups waiting: " + QUEUED_LOOKUPS + ", or closed"));
        }
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
