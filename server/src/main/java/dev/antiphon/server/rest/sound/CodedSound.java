package dev.antiphon.server.rest.sound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The sound of one answer: what the model says goes in, what the client wants comes out, now or in a moment.
 *
 * <p>Threading: confined to the connection's event loop.
 */
public sealed interface CodedSound extends AutoCloseable {
    /** @param pcm whole samples; lent */
    void feed(ByteBuf pcm);

    /** Nothing will follow. */
    void end();

    /** @param out lent; everything that is coded by now is appended */
    void drainTo(ByteBuf out);

    /** Whether all that there will be has been drained. */
    boolean isDrained();

    /** Whether the model had better wait. */
    boolean isFull();

    /** Idempotent. */
    @Override
    void close();

    /** Coded where it is fed. */
    final class AtOnce implements CodedSound {
        private final SoundCoder coder;
        private final ByteBuf coded;
        private boolean isEnded;
        private boolean isClosed;

        AtOnce(SoundCoder coder, ByteBufAllocator allocator) {
            this.coder = coder;
            coded = allocator.buffer();
        }

        @Override
        public void feed(ByteBuf pcm) {
            coder.feed(pcm, coded);
        }

        @Override
        public void end() {
            if (!isEnded) coder.end(coded);
            isEnded = true;
        }

        @Override
        public void drainTo(ByteBuf out) {
            out.writeBytes(coded);
            coded.clear();
        }

        @Override
        public boolean isDrained() {
            return isEnded && !coded.isReadable();
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public void close() {
            if (!isClosed) coded.release();
            isClosed = true;
        }
    }

    /** Coded off the event loop, because it takes long; one piece after the other. */
    final class Aside implements CodedSound {
        /** Two seconds of speech. */
        private static final int MAX_QUEUED_BYTES = 96_000;

        private final SoundCoder coder; // of the worker while isWorking
        private final Executor workers;
        private final EventLoop loop;
        private final Runnable onProgress;
        private final ByteBufAllocator allocator;
        private final ByteBuf coded;
        private ByteBuf queued;
        private boolean isWorking;
        private boolean isEndDue;
        private boolean isEnded;
        private boolean isClosed;
        private @Nullable Throwable failure;

        /** @param onProgress told on {@code loop} when there is more to drain, or there is room again */
        Aside(SoundCoder coder, Executor workers, EventLoop loop, ByteBufAllocator allocator, Runnable onProgress) {
            this.coder = coder;
            this.workers = workers;
            this.loop = loop;
            this.allocator = allocator;
            this.onProgress = onProgress;
            coded = allocator.buffer();
            queued = allocator.buffer();
        }

        @Override
        public void feed(ByteBuf pcm) {
            queued.writeBytes(pcm, pcm.readerIndex(), pcm.readableBytes());
            startWork();
        }

        @Override
        public void end() {
            isEndDue = true;
            startWork();
        }

        private void startWork() {
            boolean isDue = queued.isReadable() || (isEndDue && !isEnded);
            if (isWorking || !isDue || failure != null) return;
            ByteBuf pcm = queued;
            boolean isLast = isEndDue;
            queued = allocator.buffer();
            isWorking = true;
            try {
                workers.execute(() -> work(pcm, isLast));
            } catch (RejectedExecutionException e) {
                pcm.release();
                isWorking = false;
                failure = e;
            }
        }

        /**
         * On a worker's thread.
         *
         * @param pcm taken
         */
        private void work(ByteBuf pcm, boolean isLast) {
            ByteBuf out = allocator.buffer();
            Throwable failed = null;
            try {
                coder.feed(pcm, out);
                if (isLast) coder.end(out);
            } catch (Throwable ours) { // the top of this thread: the answer must hear of it
                failed = ours;
            } finally {
                pcm.release();
            }
            Throwable outcome = failed;
            try {
                loop.execute(() -> onWorked(out, isLast, outcome));
            } catch (RejectedExecutionException gone) {
                out.release();
            }
        }

        /** @param out taken */
        private void onWorked(ByteBuf out, boolean isLast, @Nullable Throwable failed) {
            isWorking = false;
            if (!isClosed) coded.writeBytes(out);
            out.release();
            if (isClosed) return;
            failure = failed;
            isEnded = isLast;
            startWork();
            onProgress.run();
        }

        @Override
        public void drainTo(ByteBuf out) {
            if (failure != null) throw new IllegalStateException("sound: not coded", failure);
            out.writeBytes(coded);
            coded.clear();
        }

        @Override
        public boolean isDrained() {
            return isEnded && !coded.isReadable();
        }

        @Override
        public boolean isFull() {
            return queued.readableBytes() > MAX_QUEUED_BYTES;
        }

        @Override
        public void close() {
            if (isClosed) return;
            isClosed = true;
            coded.release();
            queued.release();
        }
    }
}
