package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Whole WAV files, and the 44 bytes that turn PCM16 mono samples into one. {@link WavDecoder} reads them in pieces.
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class Wav {
    /*
     *  0 "RIFF"  4 bytes after this field  8 "WAVE"
     * 12 "fmt " 16 16  20 format 1 (PCM)  22 channels 1  24 rate  28 bytes a second  32 bytes a frame  34 bits
     * 36 "data" 40 bytes of samples       44 samples; all numbers little-endian
     */
    public static final int HEADER_BYTES = 44;

    private static final int BYTES_BEFORE_RIFF_COUNTS = 8;
    private static final int FMT_BYTES = 16;
    private static final int PCM_FORMAT = 1;
    private static final long UNKNOWN_BYTES = 0xFFFF_FFFFL;
    private static final long MOST_DATA_BYTES = UNKNOWN_BYTES - HEADER_BYTES;

    private Wav() {}

    /** Mono samples at the file's own rate, whatever it stored. @throws WavFault if this is no WAV we know */
    public static AudioClip read(byte[] file) {
        WavDecoder decoder = new WavDecoder();
        ByteBuf pcm = Unpooled.buffer(file.length);
        try {
            decoder.feed(Unpooled.wrappedBuffer(file), pcm);
            decoder.end();
            return AudioClip.copyOf(decoder.sampleRateHz(), pcm);
        } finally {
            pcm.release();
        }
    }

    public static byte[] write(AudioClip clip) {
        byte[] file = new byte[HEADER_BYTES + clip.bytes()];
        ByteBuf out = Unpooled.wrappedBuffer(file).clear();
        writeHeader(clip.format().sampleRateHz(), clip.bytes(), out);
        clip.appendTo(out);
        return file;
    }

    /**
     * Appends the header of a file whose length is known.
     *
     * @param dataBytes bytes of PCM16 mono that will follow
     * @param out lent, grows by {@link #HEADER_BYTES}
     */
    public static void writeHeader(int sampleRateHz, long dataBytes, ByteBuf out) {
        if (dataBytes < 0 || dataBytes > MOST_DATA_BYTES) {
            throw new IllegalArgumentException(
                    "dataBytes: " + dataBytes + " (expected: 0 to " + MOST_DATA_BYTES + ", what RIFF can count)");
        }
        writeHeader(sampleRateHz, HEADER_BYTES - BYTES_BEFORE_RIFF_COUNTS + dataBytes, dataBytes, out);
    }

    /**
     * Appends the header of a file that is still being spoken: both lengths say "unknown".
     *
     * @param out lent, grows by {@link #HEADER_BYTES}
     */
    public static void writeStreamingHeader(int sampleRateHz, ByteBuf out) {
        writeHeader(sampleRateHz, UNKNOWN_BYTES, UNKNOWN_BYTES, out);
    }

    private static void writeHeader(int sampleRateHz, long riffBytes, long dataBytes, ByteBuf out) {
        AudioFormat format = AudioFormat.pcm16(sampleRateHz);
        int frameBytes = format.bytesPerSample();
        out.writeInt(WavDecoder.RIFF).writeIntLE((int) riffBytes).writeInt(WavDecoder.WAVE);
        out.writeInt(WavDecoder.FMT)
                .writeIntLE(FMT_BYTES)
                .writeShortLE(PCM_FORMAT)
                .writeShortLE(1);
        out.writeIntLE(sampleRateHz).writeIntLE((int) format.bytesOf(sampleRateHz));
        out.writeShortLE(frameBytes).writeShortLE(frameBytes * Byte.SIZE);
        out.writeInt(WavDecoder.DATA).writeIntLE((int) dataBytes);
    }
}
