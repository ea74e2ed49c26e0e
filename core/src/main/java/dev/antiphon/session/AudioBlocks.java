package dev.antiphon.session;

import io.netty.util.concurrent.FastThreadLocal;

/**
 * Blocks of memory for audio that waits, shared by all sessions of a thread: a turn grows and goes, and neither makes
 * garbage. A block that is not given back is garbage and nothing worse.
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

    private byte[][] spare = new byte[16][];
    private int count;

    private AudioBlocks() {}

    /** Of {@link #BLOCK_BYTES}; its content is anybody's. */
    static byte[] take() {
        return OF_THIS_THREAD.get().pop();
    }

    /** @param block whose content nobody needs any more */
    static void give(byte[] block) {
        OF_THIS_THREAD.get().push(block);
    }

    private byte[] pop() {
        return count == 0 ? new byte[BLOCK_BYTES] : spare[--count];
    }

    private void push(byte[] block) {
        if (count == MAX_SPARE) return;
        if (count == spare.length) {
            byte[][] longer = new byte[2 * spare.length][];
            System.arraycopy(spare, 0, longer, 0, count);
            spare = longer;
        }
        spare[count++] = block;
    }
}
