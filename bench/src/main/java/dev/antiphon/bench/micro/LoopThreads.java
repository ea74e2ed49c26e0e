package dev.antiphon.bench.micro;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads such as event loops are, which Netty keeps pools for: {@link #JVM_ARGUMENT} and
 * {@link #JVM_ARGUMENT_CLASS} of a fork ask for it.
 *
 * <p>Threading: thread-safe.
 */
public final class LoopThreads extends ThreadPoolExecutor {
    public static final String JVM_ARGUMENT = "-Djmh.executor=CUSTOM";
    public static final String JVM_ARGUMENT_CLASS = "-Djmh.executor.class=dev.antiphon.bench.micro.LoopThreads";

    /** Called by JMH. */
    public LoopThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(prefix));
    }
}
