package dev.antiphon.server.media;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.container.Container;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of speech to clips of 24 kHz, off the event loops: WAV of any coding and rate, and Opus in WebM or Ogg, as
 * browsers record it. A second of Opus costs some 5 ms, so it has threads of its own; a file more than may wait is refused
 * at once.
 *
 * <p>Threading: thread-safe.
 */
public final class SpokenFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SpokenFiles.class);

    private final Limits limits;
    private final ThreadPoolExecutor threads;

    /**
     * How much may be decoded.
     *
     * @param threads files decoded at the same time
     * @param queuedFiles files that may wait for a thread; one more is refused
     * @param mostSeconds a longer recording is refused once it has been decoded that far; each second is 48,000 bytes
     */
    public record Limits(int threads, int queuedFiles, int mostSeconds) {
        public static final Limits DEFAULT = new Limits(2, 32, 1_800);

        private static final int LONGEST_SECONDS = 7_200;

        public Limits {
            check("threads", threads, 64);
            check("queuedFiles", queuedFiles, 10_000);
            check("mostSeconds", mostSeconds, LONGEST_SECONDS);
        }

        private static void check(String what, int value, int most) {
            if (value >= 1 && value <= most) return;
            throw new IllegalArgumentException(what + ": " + value + " (expected: 1 to " + most + ")");
        }
    }

    public SpokenFiles(Limits limits) {
        this.limits = limits;
        threads = new ThreadPoolExecutor(
                limits.threads(),
                limits.threads(),
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.queuedFiles()),
                new DefaultThreadFactory("antiphon-media", true));
        threads.allowCoreThreadTimeOut(true);
    }

    /** @param file lent, its indices stay; only its first bytes are looked at */
    public static Container kindOf(ByteBuf file) {
        return Container.of(file);
    }

    /**
     * The speech in {@code file} as PCM16 mono at 24 kHz.
     *
     * @param file whole; taken, also when it is refused
     * @param callbackLoop where the future's listeners run
     * @return fails with {@link UnreadableAudio} or {@link DecodersBusy}, anything else is our fault; cancel it when nobody
     *     waits any more, and the decoding stops
     */
    public Future<AudioClip> toClip(ByteBuf file, EventLoop callbackLoop) {
        Promise<AudioClip> clip = callbackLoop.newPromise();
        Decoding decoding = new Decoding(file, clip);
        try {
            threads.execute(decoding);
        } catch (RejectedExecutionException e) {
            decoding.refuse(new DecodersBusy(limits.queuedFiles()));
        }
        return clip;
    }

    /** Ends the threads; files that still wait or are being decoded fail with {@link DecodersBusy}. */
    @Override
    public void close() {
        for (Runnable waiting : threads.shutdownNow()) {
            if (waiting instanceof Decoding decoding) decoding.refuse(new DecodersBusy(0));
        }
    }

    /** One file; run once, or refused once. */
    private final class Decoding implements Runnable {
        private final ByteBuf file; // ours until run or refused
        private final Promise<AudioClip> clip;

        Decoding(ByteBuf file, Promise<AudioClip> clip) {
            this.file = file.touch("spoken files");
            this.clip = clip;
        }

        @Override
        public void run() {
            outcome().run();
        }

        /** What to tell whoever waits, once the file is released. */
        private Runnable outcome() {
            try {
                if (clip.isDone()) return () -> {};
                AudioClip read = SpokenFile.read(file, limits.mostSeconds(), this::isGivenUp);
                return () -> clip.trySuccess(read);
            } catch (UnreadableAudio unreadable) {
                return () -> clip.tryFailure(unreadable);
            } catch (SpokenFile.GivenUp nobodyWaits) {
                return () -> clip.tryFailure(new DecodersBusy(0));
            } catch (Throwable ours) { // the top of this thread: whoever waits must hear of it
                LOG.error("audio file: decoding failed", ours);
                return () -> clip.tryFailure(ours);
            } finally {
                file.release();
            }
        }

        void refuse(DecodersBusy busy) {
            file.release();
            clip.tryFailure(busy);
        }

        private boolean isGivenUp() {
            return clip.isDone() || threads.isShutdown();
        }
    }
}
