package dev.antiphon.session;

import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Blocks of memory for audio that waits, shared by all sessions of a thread: a turn grows and goes, and neither makes
 * garbage. They lie outside the heap, where no collector carries them about. A block that is not given back is garbage and
 * nothing worse.
 *
 * <p>Threading: confined to the thread it belongs to.
 */
final class AudioBlocks {
    /** 341 ms of PCM16 at 24 kHz; a power of two. */
    static final int BLOCK_BYTES = 16 << 10;

    /** 32 MiB: what some 500 callers hold more while they speak than while they are quiet. */
    private static final int MAX_SPARE = 2_048;

    private static final FastThreadLocal<AudioBlocks> OF_THIS_THREAD = new FastThreadLocal<>() {
        @Override
        protected AudioBlocks initialValue() {
            return new AudioBlocks();
        }
    };

    /** Allocated at once: the memory of blocks that lie side by side is asked of the system once. */
    private static final int SLAB_BLOCKS = 16;

    private ByteBuffer[] spare = new ByteBuffer[SLAB_BLOCKS];
    private int count;

    private AudioBlocks() {}

    /** Of {@link #BLOCK_BYTES}; its content is anybody's, and so are its position and its limit. */
    static ByteBuffer take() {
        return OF_THIS_THREAD.get().pop();
    }

    /** @param block whose content nobody needs any more */
    static void give(ByteBuffer block) {
        OF_THIS_THREAD.get().push(block);
    }

    private ByteBuffer pop() {
        if (count == 0) addSlab();
        return spare[--count];
    }

    private void addSlab() {
        ByteBuffer slab = ByteBuffer.allocateDirect(SLAB_BLOCKS * BLOCK_BYTES);
        for (int i = 0; i < SLAB_BLOCKS; i++) push(slab.slice(i * BLOCK_BYTES, BLOCK_BYTES));
    }

    private void push(ByteBuffer block) {
        if (count == MAX_SPARE) return;
        if (count == spare.length) spare = Arrays.copyOf(spare, 2 * count);
        spare[count++] = block;
    }
}
