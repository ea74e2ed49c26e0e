package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The input audio buffer: what the client has sent since the last turn was taken out of it, addressed by sample numbers
 * that count all audio ever appended.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class InputAudio implements AutoCloseable {
    /* Blocks of the thread, as many as hold what has come: nothing is moved when a turn grows, and what a quiet caller
     * pushes out at the front comes back at the end.
     *
     *   blocks   │ dropped │ oldest … │ … │ … newest │   free   │
     *                      ▲ start, within the first             held bytes from there on
     */
    private static final int BLOCK_BYTES = AudioBlocks.BLOCK_BYTES;
    /** Those of a quiet caller, of whom 1.3 s are kept. */
    private static final int FIRST_BLOCKS = 5;

    private static final ByteBuffer[] NOTHING = {};

    /** Of chunks that are used again in part: turns live for minutes beside buffers that live for microseconds. */
    private static final ByteBufAllocator TURNS = PooledByteBufAllocator.DEFAULT;

    private final AudioFormat format;
    private final int maxBytes;
    private ByteBuffer[] blocks = NOTHING;
    private int blockCount;
    private int start; // of the oldest byte, within the first block
    private int held;
    private long startSample; // of all audio ever appended, the number of the sample at start

    InputAudio(AudioFormat format, int maxBytes) {
        this.format = format;
        this.maxBytes = maxBytes;
    }

    /**
     * Appends audio.
     *
     * @param pcm whole samples; lent
     * @return false if the buffer would exceed its limit; nothing was appended
     */
    boolean append(ByteBuf pcm) {
        int added = pcm.readableBytes();
        if (held + added > maxBytes) return false;
        int from = pcm.readerIndex();
        for (int left = added; left > 0; ) {
            int end = start + held;
            if (end == blockCount * BLOCK_BYTES) addBlock();
            int within = end % BLOCK_BYTES;
            int bytes = Math.min(left, BLOCK_BYTES - within);
            pcm.getBytes(from, blocks[end / BLOCK_BYTES].limit(within + bytes).position(within));
            from += bytes;
            held += bytes;
            left -= bytes;
        }
        return true;
    }

    /** Number of the sample that will be appended next. */
    long endSample() {
        return startSample + samples();
    }

    /** Number of the oldest sample that is still here. */
    long startSample() {
        return startSample;
    }

    long samples() {
        return format.samplesIn(held);
    }

    /**
     * Takes a turn out. What came before it is dropped, what came after it stays.
     *
     * @param fromSample clamped to what is still here
     * @param toSample exclusive; clamped to what has come
     */
    AudioClip take(long fromSample, long toSample) {
        long from = Math.min(Math.max(fromSample, startSample), endSample());
        long to = Math.max(from, Math.min(toSample, endSample()));
        dropBefore(from);
        int bytes = (int) format.bytesOf(to - from);
        ByteBuf pcm = TURNS.directBuffer(bytes, bytes);
        copyOldest(pcm);
        dropBefore(to);
        return AudioClip.owning(format.sampleRateHz(), pcm);
    }

    /** Forgets what lies before {@code sample}. */
    void dropBefore(long sample) {
        long until = Math.max(startSample, Math.min(sample, endSample()));
        int dropped = (int) format.bytesOf(until - startSample);
        startSample = until;
        held -= dropped;
        start += dropped;
        if (held == 0) start = blockCount * BLOCK_BYTES; // nothing of the last block either
        giveBlocks(start / BLOCK_BYTES);
        start %= BLOCK_BYTES;
    }

    /** Gives all memory back; what is here is forgotten. */
    @Override
    public void close() {
        dropBefore(endSample());
        blocks = NOTHING;
    }

    /** As many bytes as there is room for. */
    private void copyOldest(ByteBuf target) {
        for (int at = start; target.isWritable(); ) {
            int within = at % BLOCK_BYTES;
            int bytes = Math.min(target.writableBytes(), BLOCK_BYTES - within);
            target.writeBytes(blocks[at / BLOCK_BYTES].limit(within + bytes).position(within));
            at += bytes;
        }
    }

    private void addBlock() {
        if (blockCount == blocks.length) blocks = Arrays.copyOf(blocks, Math.max(FIRST_BLOCKS, 2 * blockCount));
        blocks[blockCount++] = AudioBlocks.take();
    }

    /** The oldest ones. */
    private void giveBlocks(int count) {
        if (count == 0) return;
        for (int i = 0; i < count; i++) AudioBlocks.give(blocks[i]);
        System.arraycopy(blocks, count, blocks, 0, blockCount - count);
        Arrays.fill(blocks, blockCount - count, blockCount, null);
        blockCount -= count;
    }
}
