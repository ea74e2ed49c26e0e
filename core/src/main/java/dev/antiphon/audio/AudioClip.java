package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A finished stretch of mono PCM16 audio, kept on the heap because it lives as long as the conversation that holds it.
 *
 * <p>Threading: immutable.
 */
public final class AudioClip {
    private final int sampleRateHz;
    private final byte[] pcm;

    private AudioClip(int sampleRateHz, byte[] pcm) {
        if (pcm.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "pcm: " + pcm.length + " bytes (expected: a multiple of 2, PCM16 little-endian)");
        }
        this.sampleRateHz = sampleRateHz;
        this.pcm = pcm;
    }

    /** @param pcm signed 16-bit little-endian mono samples, copied */
    public static AudioClip of(int sampleRateHz, byte[] pcm) {
        return new AudioClip(sampleRateHz, pcm.clone());
    }

    /** @param pcm signed 16-bit little-endian mono samples; taken: nobody writes to it any more */
    public static AudioClip owning(int sampleRateHz, byte[] pcm) {
        return new AudioClip(sampleRateHz, pcm);
    }

    /** @param pcm signed 16-bit little-endian mono samples; lent, its readable bytes are copied, its indices stay */
    public static AudioClip copyOf(int sampleRateHz, ByteBuf pcm) {
        byte[] copy = new byte[pcm.readableBytes()];
        pcm.getBytes(pcm.readerIndex(), copy);
        return new AudioClip(sampleRateHz, copy);
    }

    public AudioFormat format() {
        return AudioFormat.pcm16(sampleRateHz);
    }

    public int bytes() {
        return pcm.length;
    }

    public long samples() {
        return format().samplesIn(pcm.length);
    }

    public long millis() {
        return format().millisOf(samples());
    }

    /** Copies {@code length} bytes from {@code offset} into {@code out} at {@code outOffset}. */
    public void copyBytes(int offset, byte[] out, int outOffset, int length) {
        System.arraycopy(pcm, offset, out, outOffset, length);
    }

    /** Appends the base64 of the bytes from {@code offset} on, padded at the end, to {@code out}: straight from here. */
    public void encodeBase64(int offset, ByteBuf out) {
        Base64Pcm.encode(pcm, offset, pcm.length - offset, out);
    }

    /** Appends all bytes to {@code out}. */
    public void appendTo(ByteBuf out) {
        out.writeBytes(pcm);
    }

    public byte[] toByteArray() {
        return pcm.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AudioClip clip && clip.sampleRateHz == sampleRateHz && Arrays.equals(clip.pcm, pcm);
    }

    @Override
    public int hashCode() {
        return 31 * sampleRateHz + Arrays.hashCode(pcm);
    }

    /** Length and rate only: audio never reaches a log. */
    @Override
    public String toString() {
        return "AudioClip[" + millis() + " ms, " + sampleRateHz + " Hz]";
    }
}
