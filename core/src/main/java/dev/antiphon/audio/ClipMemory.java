package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Memory with readers on any thread, released when its owner has let go of it and nobody reads it any more. It counts
 * holders itself: a pooled buffer that was released may be somebody else's by the time a late reader asks it for its count.
 *
 * <p>Threading: thread-safe.
 */
final class ClipMemory {
    private static final Cleaner CLEANER = Cleaner.create(new DefaultThreadFactory("antiphon-clips", true));
    private static final Cleaner.Cleanable NOTHING_TO_RELEASE = () -> {};

    private final ByteBuf pcm; // read by absolute positions only: its indices never move
    private final boolean isReleasable;
    private final AtomicInteger holders = new AtomicInteger(1); // the owner, and who reads; 0: released

    private ClipMemory(ByteBuf pcm, boolean isReleasable) {
        this.pcm = pcm;
        this.isReleasable = isReleasable;
    }

    /** @param pcm which the collector takes care of */
    static ClipMemory onHeap(ByteBuf pcm) {
        return new ClipMemory(pcm, false);
    }

    /** @param pcm taken */
    static ClipMemory owning(ByteBuf pcm) {
        return new ClipMemory(pcm, true);
    }

    /** Its hold ends when this is cleaned, or when {@code owner} cannot be reached any more. */
    Cleaner.Cleanable ownedBy(Object owner) {
        return isReleasable ? CLEANER.register(owner, this::release) : NOTHING_TO_RELEASE;
    }

    int bytes() {
        return pcm.readableBytes();
    }

    /** @throws IllegalStateException if the owner has let go of it */
    void read(Consumer<ByteBuf> reader) {
        if (!acquire()) throw new IllegalStateException("the audio clip is closed: its memory was given back");
        try {
            reader.accept(pcm);
        } finally {
            release();
        }
    }

    /** Memory that was released equals any other that was, and none that was not. */
    boolean contentEquals(ClipMemory other) {
        if (!acquire()) return other.holders.get() == 0;
        try {
            if (!other.acquire()) return false;
            try {
                return pcm.equals(other.pcm);
            } finally {
                other.release();
            }
        } finally {
            release();
        }
    }

    private boolean acquire() {
        for (int count = holders.get(); count > 0; count = holders.get()) {
            if (holders.compareAndSet(count, count + 1)) return true;
        }
        return false;
    }

    private void release() {
        if (holders.decrementAndGet() == 0) pcm.release();
    }
}
