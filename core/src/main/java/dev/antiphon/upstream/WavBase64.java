package dev.antiphon.upstream;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Base64Pcm;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The base64 of a clip with a WAV header before it, without ever holding either as a whole.
 *
 * <pre>
 *  0 RIFF  4 36+n  8 WAVE │ 12 "fmt " 16 16  20 1 (PCM)  22 channels  24 rate  28 bytes/s  32 block  34 bits │ 36 data  40 n
 * </pre>
 *
 * <p>Threading: stateless.
 */
final class WavBase64 {
    private static final int HEADER_BYTES = 44;
    private static final byte[] RIFF = ascii("RIFF");
    private static final byte[] WAVE_FMT = ascii("WAVEfmt ");
    private static final byte[] DATA = ascii("data");
    private static final short FORMAT_PCM = 1;
    private static final short CHANNELS = 1;
    /** What the header lacks to be a multiple of 3, so that it is encoded without padding: one byte of sound. */
    private static final int SOUND_BYTES_WITH_HEADER = 1;

    private WavBase64() {}

    static void write(AudioClip clip, ByteBuf out) {
        out.ensureWritable(Base64Pcm.encodedBytes(HEADER_BYTES + clip.bytes()));
        int soundBytes = Math.min(SOUND_BYTES_WITH_HEADER, clip.bytes());
        byte[] start = new byte[HEADER_BYTES + soundBytes];
        writeHeader(clip, start);
        clip.copyBytes(0, start, HEADER_BYTES, soundBytes);
        Base64Pcm.encode(start, 0, start.length, out);
        clip.encodeBase64(soundBytes, out);
    }

    private static void writeHeader(AudioClip clip, byte[] block) {
        int sampleRateHz = clip.format().sampleRateHz();
        int sampleBytes = clip.format().bytesPerSample();
        ByteBuffer.wrap(block)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(RIFF)
                .putInt(HEADER_BYTES - 8 + clip.bytes())
                .put(WAVE_FMT)
                .putInt(16)
                .putShort(FORMAT_PCM)
                .putShort(CHANNELS)
                .putInt(sampleRateHz)
                .putInt(sampleRateHz * sampleBytes)
                .putShort((short) sampleBytes)
                .putShort((short) (sampleBytes * Byte.SIZE))
                .put(DATA)
                .putInt(clip.bytes());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
