package dev.antiphon.bench.micro;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

/** What a caller in a quiet room sends: 20 ms of hiss at about -66 dBFS in one {@code input_audio_buffer.append}. */
public final class UplinkEvents {
    /** 20 ms of PCM16 at 24 kHz. */
    public static final int PCM_BYTES = 960;

    private static final double HISS_DEVIATION = 16;
    private static final byte[] MASK = {0x12, (byte) 0x9a, 0x5c, (byte) 0xe3};

    private UplinkEvents() {}

    public static byte[] hiss(int bytes, long seed) {
        Random random = new Random(seed);
        byte[] pcm = new byte[bytes];
        for (int i = 0; i < bytes; i += 2) {
            int sample = (int) Math.rint(HISS_DEVIATION * random.nextGaussian());
            pcm[i] = (byte) sample;
            pcm[i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }

    public static byte[] base64(long seed) {
        return Base64.getEncoder().encode(hiss(PCM_BYTES, seed));
    }

    public static byte[] append(long seed) {
        String audio = new String(base64(seed), StandardCharsets.US_ASCII);
        return ("{\"type\":\"input_audio_buffer.append\",\"audio\":\"" + audio + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The event as a masked frame of text (RFC 6455 §5.2), of 126 to 65,535 bytes. */
    public static byte[] frame(byte[] event) {
        byte[] frame = new byte[8 + event.length];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | 126);
        frame[2] = (byte) (event.length >> 8);
        frame[3] = (byte) event.length;
        System.arraycopy(MASK, 0, frame, 4, MASK.length);
        for (int i = 0; i < event.length; i++) frame[8 + i] = (byte) (event[i] ^ MASK[i & 3]);
        return frame;
    }
}
