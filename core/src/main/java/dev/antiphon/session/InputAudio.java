package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import io.netty.buffer.ByteBuf;

/**
 * The input audio buffer: what the client has sent since the last turn was taken out of it, addressed by sample numbers
 * that count all audio ever appended.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class InputAudio {
    /* A ring: while nobody speaks, each frame pushes an old one out, and nothing is moved or allocated for it.
     *
     *        ┌──────────────────────────────┐
     *  ring  │ newest │   free   │ oldest … │     length a power of two, 0 before the first sample
     *        └──────────────────────────────┘
     *                            ▲ start          held bytes from here on, round the end
     */
    private static final int FIRST_BYTES = 16 << 10;
    /** What a quiet caller needs; a ring that grew past it for one long turn is not kept for the next. */
    private static final int KEPT_BYTES = 64 << 10;

    private static final byte[] NOTHING = new byte[0];

    private final AudioFormat format;
    private final int maxBytes;
    private byte[] ring = NOTHING;
    private int start; // of the oldest byte, within the ring
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
        if (added == 0) return true;
        if (held + added > ring.length) resize(Math.max(FIRST_BYTES, powerOfTwoFor(held + added)));
        int at = (start + held) & (ring.length - 1);
        int untilEnd = Math.min(added, ring.length - at);
        pcm.getBytes(pcm.readerIndex(), ring, at, untilEnd);
        pcm.getBytes(pcm.readerIndex() + untilEnd, ring, 0, added - untilEnd);
        held += added;
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
        byte[] pcm = new byte[(int) format.bytesOf(to - from)];
        copyOldest(pcm, pcm.length);
        dropBefore(to);
        if (ring.length > KEPT_BYTES && held <= KEPT_BYTES) resize(held == 0 ? 0 : KEPT_BYTES);
        return AudioClip.owning(format.sampleRateHz(), pcm);
    }

    /** Forgets what lies before {@code sample}. */
    void dropBefore(long sample) {
        long until = Math.max(startSample, Math.min(sample, endSample()));
        int dropped = (int) format.bytesOf(until - startSample);
        startSample = until;
        held -= dropped;
        start = held == 0 ? 0 : (start + dropped) & (ring.length - 1);
        if (held == 0 && ring.length > KEPT_BYTES) ring = NOTHING;
    }

    private void copyOldest(byte[] target, int bytes) {
        int untilEnd = Math.min(bytes, ring.length - start);
        System.arraycopy(ring, start, target, 0, untilEnd);
        System.arraycopy(ring, 0, target, untilEnd, bytes - untilEnd);
    }

    private void resize(int bytes) {
        byte[] target = bytes == 0 ? NOTHING : new byte[bytes];
        copyOldest(target, held);
        ring = target;
        start = 0;
    }

    private static int powerOfTwoFor(int bytes) {
        return Integer.highestOneBit(bytes - 1) * 2;
    }
}
