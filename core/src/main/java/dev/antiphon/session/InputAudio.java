package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The input audio buffer: what the client has sent since the last turn was taken out of it, addressed by sample numbers
 * that count all audio ever appended.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class InputAudio {
    private static final int FIRST_BYTES = 32 << 10;
    /** A buffer that grew past this for one long turn is not kept for the next. */
    private static final int KEPT_BYTES = 256 << 10;

    private static final byte[] NOTHING = new byte[0];

    private final AudioFormat format;
    private final int maxBytes;
    private byte[] bytes = NOTHING;
    private int start; // first byte that counts
    private int end;
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
        if (end - start + added > maxBytes) return false;
        if (bytes.length - end < added) makeRoom(added);
        pcm.getBytes(pcm.readerIndex(), bytes, end, added);
        end += added;
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
        return format.samplesIn(end - start);
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
        int fromByte = start + (int) format.bytesOf(from - startSample);
        int toByte = start + (int) format.bytesOf(to - startSample);
        AudioClip clip = AudioClip.of(format.sampleRateHz(), Arrays.copyOfRange(bytes, fromByte, toByte));
        dropBefore(to);
        return clip;
    }

    /** Forgets what lies before {@code sample}. */
    void dropBefore(long sample) {
        long until = Math.max(startSample, Math.min(sample, endSample()));
        start += (int) format.bytesOf(until - startSample);
        startSample = until;
        if (start < end) return;
        start = 0;
        end = 0;
        if (bytes.length > KEPT_BYTES) bytes = NOTHING;
    }

    private void makeRoom(int added) {
        int held = end - start;
        byte[] target = bytes;
        if (bytes.length < held + added || start < bytes.length / 2) {
            target = new byte[Math.max(FIRST_BYTES, Integer.highestOneBit(held + added) * 2)];
        }
        System.arraycopy(bytes, start, target, 0, held);
        bytes = target;
        start = 0;
        end = held;
    }
}
