package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * A finished stretch of mono PCM16 audio. It lives as long as the conversation that holds it, and its memory is given
 * back when nobody holds it any more; that of a turn lies outside the heap, for no collector to carry about. ADR 0017.
 *
 * <p>Threading: immutable.
 */
public final class AudioClip {
    private final int sampleRateHz;
    private final ByteBuffer pcm; // read by absolute positions only: its own never move

    private AudioClip(int sampleRateHz, ByteBuffer pcm) {
        if (pcm.remaining() % 2 != 0) {
            throw new IllegalArgumentException(
                    "pcm: " + pcm.remaining() + " bytes (expected: a multiple of 2, PCM16 little-endian)");
        }
        this.sampleRateHz = sampleRateHz;
        this.pcm = pcm;
    }

    /** @param pcm signed 16-bit little-endian mono samples, copied */
    public static AudioClip of(int sampleRateHz, byte[] pcm) {
        return new AudioClip(sampleRateHz, ByteBuffer.wrap(pcm.clone()));
    }

    /** @param pcm signed 16-bit little-endian mono samples; taken: nobody touches it any more */
    public static AudioClip owning(int sampleRateHz, ByteBuffer pcm) {
        return new AudioClip(sampleRateHz, pcm.clear());
    }

    /** @param pcm signed 16-bit little-endian mono samples; lent, its readable bytes are copied, its indices stay */
    public static AudioClip copyOf(int sampleRateHz, ByteBuf pcm) {
        byte[] copy = new byte[pcm.readableBytes()];
        pcm.getBytes(pcm.readerIndex(), copy);
        return new AudioClip(sampleRateHz, ByteBuffer.wrap(copy));
    }

    public AudioFormat format() {
        return AudioFormat.pcm16(sampleRateHz);
    }

    public int bytes() {
        return pcm.limit();
    }

    public long samples() {
        return format().samplesIn(pcm.limit());
    }

    public long millis() {
        return format().millisOf(samples());
    }

    /** Copies {@code length} bytes from {@code offset} into {@code out} at {@code outOffset}. */
    public void copyBytes(int offset, byte[] out, int outOffset, int length) {
        pcm.get(offset, out, outOffset, length);
    }

    /** Appends the base64 of the bytes from {@code offset} on, padded at the end, to {@code out}: straight from here. */
    public void encodeBase64(int offset, ByteBuf out) {
        Base64Pcm.encode(pcm, offset, pcm.limit() - offset, out);
    }

    /** Appends all bytes to {@code out}. */
    public void appendTo(ByteBuf out) {
        out.writeBytes(pcm.duplicate());
    }

    public byte[] toByteArray() {
        byte[] copy = new byte[pcm.limit()];
        pcm.get(0, copy);
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AudioClip clip && clip.sampleRateHz == sampleRateHz && clip.pcm.equals(pcm);
    }

    @Override
    public int hashCode() {
        return 31 * sampleRateHz + pcm.hashCode();
    }

    /** Length and rate only: audio never reaches a log. */
    @Override
    public String toString() {
        return "AudioClip[" + millis() + " ms, " + sampleRateHz + " Hz]";
    }
}
