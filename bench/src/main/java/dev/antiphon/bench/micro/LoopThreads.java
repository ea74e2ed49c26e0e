package dev.antiphon.bench.micro;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads of the kind that event loops are: others get no pooled buffer objects from Netty, and would
 * be charged for garbage that no session makes. JMH finds it by {@link #CHOOSE} and {@link #CHOSEN}.
 */
public final class LoopThreads extends ThreadPoolExecutor {
    public static final String CHOOSE = "-Djmh.executor=CUSTOM";
    public static final String CHOSEN = "-Djmh.executor.class=dev.antiphon.bench.micro.LoopThreads";

    public LoopThreads(int threads, String name) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(name, true));
    }
}
