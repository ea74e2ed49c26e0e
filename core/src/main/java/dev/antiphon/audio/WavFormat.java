package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;

/**
 * What the {@code fmt } chunk of a WAV file says about its samples, checked against the closed set of what we read.
 *
 * <p>Threading: immutable.
 *
 * @param coding how one sample is stored
 * @param channels 1 to 8, mixed in equal parts
 * @param sampleRateHz frames per second
 */
record WavFormat(Coding coding, int channels, int sampleRateHz) {
    /*
     *  0 format  2 channels  4 rate  8 bytes a second  12 bytes a frame  14 bits a sample
     * 16 length of what follows (22)  18 bits that count  20 which loudspeakers  24 real format, as a GUID   (EXTENSIBLE)
     */
    static final int MOST_BYTES = 40;

    private static final int LEAST_BYTES = 16;
    private static final int MOST_CHANNELS = 8;
    private static final int EXTENSIBLE = 0xFFFE;
    // KSDATAFORMAT_SUBTYPE_…: the format number, then always 0000-0010-8000-00AA00389B71.
    private static final int SUBTYPE_HIGH = 0;
    private static final short SUBTYPE_MIDDLE = 0x1000;
    private static final long SUBTYPE_TAIL = 0x8000_00AA_0038_9B71L;

    enum Coding {
        UNSIGNED_8(1, 8),
        SIGNED_16(1, 16),
        SIGNED_24(1, 24),
        SIGNED_32(1, 32),
        FLOAT_32(3, 32),
        ALAW(6, 8),
        MULAW(7, 8);

        private final int number;
        private final int bits;

        Coding(int number, int bits) {
            this.number = number;
            this.bits = bits;
        }
    }

    static void checkLength(long bytes) {
        if (bytes < LEAST_BYTES)
            throw new WavFault("fmt: " + bytes + " bytes (expected: at least " + LEAST_BYTES + ")");
    }

    /** @param fmt lent, its first {@code bytes} bytes are the chunk */
    static WavFormat read(ByteBuf fmt, int bytes) {
        int number = fmt.getUnsignedShortLE(0);
        int channels = fmt.getUnsignedShortLE(2);
        long sampleRateHz = fmt.getUnsignedIntLE(4);
        int bits = fmt.getUnsignedShortLE(14);
        if (number == EXTENSIBLE) number = readExtension(fmt, bytes, bits);
        Coding coding = codingOf(number, bits);
        if (channels < 1 || channels > MOST_CHANNELS) {
            throw new WavFault("channels: " + channels + " (expected: 1 to " + MOST_CHANNELS + ")");
        }
        if (!SampleRates.isKnown(sampleRateHz)) {
            throw new WavFault("sample rate: " + sampleRateHz + " Hz (expected: " + SampleRates.EXPECTED + ")");
        }
        WavFormat format = new WavFormat(coding, channels, (int) sampleRateHz);
        check("bytes a frame", fmt.getUnsignedShortLE(12), format.frameBytes());
        check("bytes a second", fmt.getUnsignedIntLE(8), format.frameBytes() * sampleRateHz);
        return format;
    }

    int frameBytes() {
        return channels * (coding.bits / Byte.SIZE);
    }

    /** Moves {@code frames} frames from {@code in} to {@code out}, as PCM16 mono. */
    void decode(ByteBuf in, int frames, ByteBuf out) {
        if (coding == Coding.SIGNED_16 && channels == 1) {
            out.writeBytes(in, frames * frameBytes());
            return;
        }
        out.ensureWritable(frames * Pcm16.BYTES_PER_SAMPLE);
        // All codings meet at 32 bits, so that mixing and rounding happen once, at the end.
        long divisor = (long) channels << Short.SIZE;
        for (int frame = 0; frame < frames; frame++) {
            long sum = 0;
            for (int channel = 0; channel < channels; channel++) sum += readSample(in);
            out.writeShortLE(Pcm16.clip((int) Math.floorDiv(sum + divisor / 2, divisor)));
        }
    }

    private int readSample(ByteBuf in) {
        return switch (coding) {
            case UNSIGNED_8 -> (in.readUnsignedByte() - 128) << 24;
            case SIGNED_16 -> in.readShortLE() << 16;
            case SIGNED_24 -> in.readMediumLE() << 8;
            case SIGNED_32 -> in.readIntLE();
            // The cast clips at both ends and makes NaN silence.
            case FLOAT_32 -> (int) (in.readFloatLE() * 0x1p31f);
            case ALAW -> G711.decodeAlaw(in.readByte()) << 16;
            case MULAW -> G711.decodeMulaw(in.readByte()) << 16;
        };
    }

    private static int readExtension(ByteBuf fmt, int bytes, int bits) {
        if (bytes < MOST_BYTES) {
            throw new WavFault("fmt: " + bytes + " bytes (expected: " + MOST_BYTES + " for WAVE_FORMAT_EXTENSIBLE)");
        }
        int validBits = fmt.getUnsignedShortLE(18);
        if (validBits > bits) throw new WavFault("valid bits: " + validBits + " (expected: at most " + bits + ")");
        // Fewer valid bits than bits are the upper ones: the sample reads the same.
        boolean isKnownKind =
                fmt.getInt(26) == SUBTYPE_HIGH && fmt.getShort(30) == SUBTYPE_MIDDLE && fmt.getLong(32) == SUBTYPE_TAIL;
        if (!isKnownKind) throw new WavFault("sub-format: not a format number (expected: KSDATAFORMAT_SUBTYPE)");
        return fmt.getUnsignedShortLE(24);
    }

    private static Coding codingOf(int number, int bits) {
        for (Coding coding : Coding.values()) {
            if (coding.number == number && coding.bits == bits) return coding;
        }
        throw new WavFault("format: " + number + " with " + bits
                + " bits (expected: 1 (PCM) with 8, 16, 24 or 32, 3 (float) with 32, 6 (A-law) or 7 (µ-law) with 8)");
    }

    private static void check(String what, long value, long expected) {
        if (value != expected) throw new WavFault(what + ": " + value + " (expected: " + expected + ")");
    }
}
