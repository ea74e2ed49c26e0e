package dev.antiphon.upstream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Whole WAV files of PCM16, as servers send them. */
final class Wavs {
    static final int HEADER_BYTES = 44;

    private Wavs() {}

    static byte[] wav(int sampleRateHz, int channels, byte[] pcm) {
        return ByteBuffer.allocate(HEADER_BYTES + pcm.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt(HEADER_BYTES - 8 + pcm.length)
                .put(ascii("WAVEfmt "))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) channels)
                .putInt(sampleRateHz)
                .putInt(sampleRateHz * channels * 2)
                .putShort((short) (channels * 2))
                .putShort((short) 16)
                .put(ascii("data"))
                .putInt(pcm.length)
                .put(pcm)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
