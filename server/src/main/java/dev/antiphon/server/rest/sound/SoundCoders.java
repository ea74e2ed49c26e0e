package dev.antiphon.server.rest.sound;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the sound of answers, with threads for what is too slow for an event loop.
 *
 * <p>Threading: thread-safe.
 */
public final class SoundCoders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SoundCoders.class);

    private static final int THREADS = 2;
    /** Each answer has one under way at most. */
    private static final int MAX_QUEUED_PIECES = 1_024;

    private static final long CLOSE_SECONDS = 5;

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_QUEUED_PIECES),
            new DefaultThreadFactory("antiphon-opus", true));

    public SoundCoders() {
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * @param format one that we make
     * @param isStreamed whether the length is not known at the beginning
     * @param onProgress told on {@code loop} when a sound that is coded aside has come further
     */
    public CodedSound newSound(
            SoundFormat format, boolean isStreamed, EventLoop loop, ByteBufAllocator allocator, Runnable onProgress) {
        SoundCoder coder = SoundCoder.of(format, isStreamed);
        if (format != SoundFormat.OPUS) return new CodedSound.AtOnce(coder, allocator);
        return new CodedSound.Aside(coder, threads, loop, allocator, onProgress);
    }

    /** Ends the threads; waits for what they have begun, because it holds buffers. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) LOG.warn("sounds: still being coded");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
