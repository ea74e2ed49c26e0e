package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;

/**
 * Signed 16-bit little-endian mono samples as bytes, and what every reader and writer of them needs.
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class Pcm16 {
    static final int BYTES_PER_SAMPLE = AudioFormat.Encoding.PCM16.bytesPerSample();

    private Pcm16() {}

    /** @return whole samples in the readable bytes of {@code pcm}, which is lent; half a sample is refused */
    public static int samplesIn(ByteBuf pcm) {
        int bytes = pcm.readableBytes();
        if (bytes % BYTES_PER_SAMPLE != 0) {
            throw new IllegalArgumentException(
                    "pcm: " + bytes + " bytes (expected: a multiple of 2, PCM16 little-endian)");
        }
        return bytes / BYTES_PER_SAMPLE;
    }

    /** The nearest sample that exists: speech that is too loud is clipped, never wrapped round. */
    public static short clip(int value) {
        return (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, value));
    }

    /** @param samples copied, rate as the caller says */
    public static AudioClip clipOf(int sampleRateHz, short[] samples) {
        byte[] pcm = new byte[samples.length * BYTES_PER_SAMPLE];
        for (int i = 0; i < samples.length; i++) {
            pcm[2 * i] = (byte) samples[i];
            pcm[2 * i + 1] = (byte) (samples[i] >> 8);
        }
        return AudioClip.of(sampleRateHz, pcm);
    }

    public static short[] samplesOf(AudioClip clip) {
        byte[] pcm = clip.toByteArray();
        short[] samples = new short[pcm.length / BYTES_PER_SAMPLE];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) ((pcm[2 * i] & 0xFF) | (pcm[2 * i + 1] << 8));
        }
        return samples;
    }
}
