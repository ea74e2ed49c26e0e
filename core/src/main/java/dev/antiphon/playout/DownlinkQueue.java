package dev.antiphon.playout;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.varhandle.SpscGrowableVarHandleArrayQueue;

/**
 * The bounded, lock-free queue between the model, which speaks faster than real time, and the client, which takes what
 * its socket takes: audio and whatever else a reply says, in one order.
 *
 * <p>The queue is full when it holds {@code highWaterBytes} of audio or half its slots; the producer then stops reading
 * from the model. It still takes what one read has already brought, up to all its slots; beyond that it refuses.
 *
 * <pre>{@code
 *  producer: upstream connection        consumer: session
 *  offerAudio, offer, isFull      ──▶   drain, discard, close
 * }</pre>
 *
 * <p>Threading: one producer, one consumer.
 *
 * @param <C> what may stand between pieces of audio; not a {@link ByteBuf}
 */
public final class DownlinkQueue<C> {
    /** Two seconds of PCM16 at 24 kHz: enough to ride out a stall, little enough to throw away on a barge-in. */
    public static final int DEFAULT_HIGH_WATER_BYTES = 96_000;
    /** One read of 64 KiB of the shortest events that carry anything (50 bytes) brings 1,311 of them. */
    public static final int DEFAULT_SLOTS = 4_096;

    private static final int FIRST_SLOTS = 16;

    private enum Life {
        OPEN,
        CLOSING,
        CLOSED
    }

    /** What takes elements out of the queue. */
    public interface Sink<C> {
        /**
         * Takes one piece of audio out.
         *
         * @param pcm taken
         */
        void onAudio(ByteBuf pcm);

        void onControl(C control);

        /** Asked before each element: false ends the drain, the element stays. */
        boolean wantsMore();
    }

    private final SpscGrowableVarHandleArrayQueue<Object> elements;
    private final int highWaterBytes;
    private final int highWaterSlots;
    private final AtomicLong offeredBytes = new AtomicLong(); // written by the producer, read by both
    private final AtomicLong takenBytes = new AtomicLong(); // written by the consumer, read by both
    private volatile Life life = Life.OPEN; // written by the consumer, read by both

    public DownlinkQueue() {
        this(DEFAULT_HIGH_WATER_BYTES, DEFAULT_SLOTS);
    }

    public DownlinkQueue(int highWaterBytes, int slots) {
        if (highWaterBytes <= 0) {
            throw new IllegalArgumentException("highWaterBytes: " + highWaterBytes + " (expected: > 0)");
        }
        if (slots < 2 * FIRST_SLOTS) {
            throw new IllegalArgumentException("slots: " + slots + " (expected: >= " + 2 * FIRST_SLOTS + ")");
        }
        this.highWaterBytes = highWaterBytes;
        this.highWaterSlots = slots / 2;
        this.elements = new SpscGrowableVarHandleArrayQueue<>(FIRST_SLOTS, slots);
    }

    // ---- producer ----

    /**
     * Adds a piece of audio.
     *
     * @param pcm taken, also when refused
     * @return false if every slot is taken; the piece is then already released. True also when the queue is closed: the
     *     piece is released, for nobody wants it
     */
    public boolean offerAudio(ByteBuf pcm) {
        int bytes = pcm.readableBytes();
        if (life != Life.OPEN) {
            pcm.release();
            return true;
        }
        if (!elements.offer(pcm)) {
            pcm.release();
            return false;
        }
        offeredBytes.lazySet(offeredBytes.get() + bytes);
        if (life != Life.OPEN) releaseAfterClose();
        return true;
    }

    /**
     * Adds something that is not audio.
     *
     * @return false if every slot is taken
     */
    public boolean offer(C control) {
        return life != Life.OPEN || elements.offer(control);
    }

    /** Whether the producer has to stop reading. */
    public boolean isFull() {
        return queuedBytes() >= highWaterBytes || elements.size() >= highWaterSlots;
    }

    /** The consumer closed while we offered: it may or may not have seen the piece. Once it is through, we look again. */
    private void releaseAfterClose() {
        while (life != Life.CLOSED) Thread.onSpinWait();
        releaseAll();
    }

    // ---- consumer ----

    /** Hands elements to {@code sink} while it wants more. */
    @SuppressWarnings("unchecked") // what is not a ByteBuf came in as a C
    public void drain(Sink<? super C> sink) {
        while (sink.wantsMore()) {
            Object element = elements.poll();
            if (element == null) return;
            if (element instanceof ByteBuf pcm) {
                takenBytes.lazySet(takenBytes.get() + pcm.readableBytes());
                sink.onAudio(pcm);
            } else {
                sink.onControl((C) element);
            }
        }
    }

    /** Whether so much has been taken out that the producer may read again: half of what makes it full. */
    public boolean isDrained() {
        return queuedBytes() <= highWaterBytes / 2 && elements.size() <= highWaterSlots / 2;
    }

    /**
     * Throws away all that is queued and whatever is still offered. Idempotent.
     *
     * @return bytes of audio thrown away
     */
    public long close() {
        if (life != Life.OPEN) return 0;
        life = Life.CLOSING;
        long bytes = releaseAll();
        life = Life.CLOSED;
        return bytes;
    }

    private long releaseAll() {
        long bytes = 0;
        for (Object element = elements.poll(); element != null; element = elements.poll()) {
            if (element instanceof ByteBuf pcm) {
                bytes += pcm.readableBytes();
                pcm.release();
            }
        }
        return bytes;
    }

    // ---- either ----

    /** Bytes of audio in the queue, exact on a quiet queue. */
    public long queuedBytes() {
        return offeredBytes.get() - takenBytes.get();
    }
}
