package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.ref.Cleaner;

/**
 * A finished stretch of mono PCM16 audio.
 *
 * <p>A turn's lies outside the heap, for no collector to carry about, and its owner gives it back by {@link #close}. Whoever
 * reads it afterwards is refused; who is in the middle of reading may finish. Where nobody closes a clip, its memory is
 * given back once nobody can reach it. ADR 0017.
 *
 * <p>Threading: immutable but for {@link #close}; thread-safe.
 */
public final class AudioClip implements AutoCloseable {
    private final int sampleRateHz;
    private final int bytes;
    private final ClipMemory memory;
    private final Cleaner.Cleanable owner;

    private AudioClip(int sampleRateHz, ClipMemory memory) {
        this.sampleRateHz = sampleRateHz;
        this.memory = memory;
        bytes = memory.bytes();
        owner = memory.ownedBy(this);
    }

    private static AudioClip ofArray(int sampleRateHz, byte[] pcm) {
        checkWhole(pcm.length);
        return new AudioClip(sampleRateHz, ClipMemory.onHeap(Unpooled.wrappedBuffer(pcm)));
    }

    /** @param pcm signed 16-bit little-endian mono samples, copied */
    public static AudioClip of(int sampleRateHz, byte[] pcm) {
        return ofArray(sampleRateHz, pcm.clone());
    }

    /** @param pcm signed 16-bit little-endian mono samples; its readable bytes are taken, and released with the clip */
    public static AudioClip owning(int sampleRateHz, ByteBuf pcm) {
        checkWhole(pcm.readableBytes());
        return new AudioClip(sampleRateHz, ClipMemory.owning(pcm));
    }

    /** @param pcm signed 16-bit little-endian mono samples; lent, its readable bytes are copied, its indices stay */
    public static AudioClip copyOf(int sampleRateHz, ByteBuf pcm) {
        byte[] copy = new byte[pcm.readableBytes()];
        pcm.getBytes(pcm.readerIndex(), copy);
        return ofArray(sampleRateHz, copy);
    }

    private static void checkWhole(int bytes) {
        if (bytes % 2 != 0) {
            throw new IllegalArgumentException(
                    "pcm: " + bytes + " bytes (expected: a multiple of 2, PCM16 little-endian)");
        }
    }

    public AudioFormat format() {
        return AudioFormat.pcm16(sampleRateHz);
    }

    public int bytes() {
        return bytes;
    }

    public long samples() {
        return format().samplesIn(bytes);
    }

    public long millis() {
        return format().millisOf(samples());
    }

    /**
     * Copies {@code length} bytes from {@code offset} into {@code out} at {@code outOffset}.
     *
     * @throws IllegalStateException if the clip is closed
     */
    public void copyBytes(int offset, byte[] out, int outOffset, int length) {
        memory.read(pcm -> pcm.getBytes(pcm.readerIndex() + offset, out, outOffset, length));
    }

    /**
     * Appends the base64 of the bytes from {@code offset} on, padded at the end, to {@code out}: straight from here.
     *
     * @throws IllegalStateException if the clip is closed
     */
    public void encodeBase64(int offset, ByteBuf out) {
        memory.read(pcm -> Base64Pcm.encode(pcm, pcm.readerIndex() + offset, bytes - offset, out));
    }

    /**
     * Appends all bytes to {@code out}.
     *
     * @throws IllegalStateException if the clip is closed
     */
    public void appendTo(ByteBuf out) {
        memory.read(pcm -> out.writeBytes(pcm, pcm.readerIndex(), bytes));
    }

    /** @throws IllegalStateException if the clip is closed */
    public byte[] toByteArray() {
        byte[] copy = new byte[bytes];
        copyBytes(0, copy, 0, bytes);
        return copy;
    }

    /** Gives memory outside the heap back; a clip on the heap has none and stays as it is. Idempotent. */
    @Override
    public void close() {
        owner.clean();
    }

    /** By content; of closed clips, rate and length are all there is to compare. */
    @Override
    public boolean equals(Object other) {
        return other == this
                || (other instanceof AudioClip clip
                        && clip.sampleRateHz == sampleRateHz
                        && clip.bytes == bytes
                        && memory.contentEquals(clip.memory));
    }

    /** Of rate and length, which a clip keeps when it is closed. */
    @Override
    public int hashCode() {
        return 31 * sampleRateHz + bytes;
    }

    /** Length and rate only: audio never reaches a log. */
    @Override
    public String toString() {
        return "AudioClip[" + millis() + " ms, " + sampleRateHz + " Hz]";
    }
}
