package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;

/**
 * ITU-T G.711: telephone speech, one byte a sample, in its two laws.
 *
 * <p>Both laws code sign and magnitude apart, so {@code -x} always becomes the code of {@code x} with the other sign bit
 * (tables 1 and 2 leave open on which side of a decision value its exact value falls; here it is the outer side for both
 * signs).
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class G711 {
    /*
     * One code, before the bit inversions of the wire:
     *
     *   7   6 5 4      3 2 1 0
     *   S   segment    step in the segment
     *
     * µ-law inverts all bits; A-law inverts the even ones (0x55) and has its sign bit set for positive samples.
     */
    private static final int SIGN = 0x80;
    private static final int ALAW_EVEN_BITS = 0x55;

    // 33 of G.711's 14-bit scale, times 4: with it added, each µ-law segment begins at a power of two.
    private static final int MULAW_BIAS = 132;
    private static final int MULAW_LOUDEST = Short.MAX_VALUE - MULAW_BIAS;

    private static final short[] MULAW_SAMPLES = new short[256];
    private static final short[] ALAW_SAMPLES = new short[256];

    static {
        for (int code = 0; code < 256; code++) {
            MULAW_SAMPLES[code] = expandMulaw(code);
            ALAW_SAMPLES[code] = expandAlaw(code);
        }
    }

    private G711() {}

    public static short decodeMulaw(byte code) {
        return MULAW_SAMPLES[code & 0xFF];
    }

    public static short decodeAlaw(byte code) {
        return ALAW_SAMPLES[code & 0xFF];
    }

    public static byte encodeMulaw(short sample) {
        int biased = Math.min(Math.abs((int) sample), MULAW_LOUDEST) + MULAW_BIAS;
        int segment = 24 - Integer.numberOfLeadingZeros(biased);
        int step = (biased >> (segment + 3)) & 0xF;
        return (byte) ~(((sample >> 8) & SIGN) | (segment << 4) | step);
    }

    public static byte encodeAlaw(short sample) {
        int magnitude = Math.min(Math.abs((int) sample), Short.MAX_VALUE);
        // Segments 0 and 1 share one step size: 16 of our units, 2 of G.711's 13-bit scale.
        int segment = Math.max(0, 24 - Integer.numberOfLeadingZeros(magnitude));
        int step = (magnitude >> (Math.max(1, segment) + 3)) & 0xF;
        return (byte) ((((~sample >> 8) & SIGN) | (segment << 4) | step) ^ ALAW_EVEN_BITS);
    }

    /**
     * Appends one PCM16 sample for each readable byte.
     *
     * @param law which of the two laws; PCM16 is none
     * @param codes lent, its indices stay
     * @param out lent, grows by twice as many bytes
     */
    public static void decode(AudioFormat.Encoding law, ByteBuf codes, ByteBuf out) {
        short[] samples = samplesOf(law);
        int end = codes.writerIndex();
        out.ensureWritable(codes.readableBytes() * Pcm16.BYTES_PER_SAMPLE);
        for (int i = codes.readerIndex(); i < end; i++) out.writeShortLE(samples[codes.getByte(i) & 0xFF]);
    }

    /**
     * Appends one code for each PCM16 sample.
     *
     * @param law which of the two laws; PCM16 is none
     * @param pcm whole samples; lent, its indices stay
     * @param out lent, grows by half as many bytes
     */
    public static void encode(AudioFormat.Encoding law, ByteBuf pcm, ByteBuf out) {
        out.ensureWritable(Pcm16.samplesIn(pcm));
        boolean isMulaw = isMulaw(law);
        int end = pcm.writerIndex();
        for (int i = pcm.readerIndex(); i < end; i += Pcm16.BYTES_PER_SAMPLE) {
            short sample = pcm.getShortLE(i);
            out.writeByte(isMulaw ? encodeMulaw(sample) : encodeAlaw(sample));
        }
    }

    private static short[] samplesOf(AudioFormat.Encoding law) {
        return isMulaw(law) ? MULAW_SAMPLES : ALAW_SAMPLES;
    }

    private static boolean isMulaw(AudioFormat.Encoding law) {
        return switch (law) {
            case MULAW -> true;
            case ALAW -> false;
            case PCM16 -> throw new IllegalArgumentException("law: PCM16 (expected: MULAW or ALAW)");
        };
    }

    private static short expandMulaw(int wireCode) {
        int code = ~wireCode & 0xFF;
        int segment = (code >> 4) & 7;
        int magnitude = ((((code & 0xF) << 3) + MULAW_BIAS) << segment) - MULAW_BIAS;
        return (short) ((code & SIGN) != 0 ? -magnitude : magnitude);
    }

    private static short expandAlaw(int wireCode) {
        int code = wireCode ^ ALAW_EVEN_BITS;
        int segment = (code >> 4) & 7;
        int middle = ((code & 0xF) << 4) + 8;
        int magnitude = segment == 0 ? middle : (middle + 256) << (segment - 1);
        return (short) ((code & SIGN) != 0 ? magnitude : -magnitude);
    }
}
