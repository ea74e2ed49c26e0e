package dev.antiphon.audio;

import java.util.concurrent.TimeUnit;

/**
 * A mono audio encoding at a sample rate, and the one place where bytes, samples and time are converted into each other.
 *
 * <p>Threading: immutable.
 *
 * @param encoding how one sample is stored
 * @param sampleRateHz samples per second
 */
public record AudioFormat(Encoding encoding, int sampleRateHz) {

    /** How one sample is stored. */
    public enum Encoding {
        /** Signed 16-bit little-endian linear PCM. */
        PCM16(2),
        /** ITU-T G.711 µ-law, one byte a sample. */
        MULAW(1),
        /** ITU-T G.711 A-law, one byte a sample. */
        ALAW(1);

        private final int bytesPerSample;

        Encoding(int bytesPerSample) {
            this.bytesPerSample = bytesPerSample;
        }

        public int bytesPerSample() {
            return bytesPerSample;
        }
    }

    /** What the Realtime protocol calls {@code audio/pcm} and chat completions {@code pcm16}: 48,000 bytes a second. */
    public static final AudioFormat PCM16_24KHZ = new AudioFormat(Encoding.PCM16, 24_000);
    /** What the Realtime protocol calls {@code audio/pcmu}. */
    public static final AudioFormat MULAW_8KHZ = new AudioFormat(Encoding.MULAW, 8_000);
    /** What the Realtime protocol calls {@code audio/pcma}. */
    public static final AudioFormat ALAW_8KHZ = new AudioFormat(Encoding.ALAW, 8_000);

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MILLIS_PER_SECOND = TimeUnit.SECONDS.toMillis(1);

    public AudioFormat {
        if (sampleRateHz <= 0) throw new IllegalArgumentException("sampleRateHz: " + sampleRateHz + " (expected: > 0)");
    }

    /** Signed 16-bit little-endian linear PCM, mono, at a rate. */
    public static AudioFormat pcm16(int sampleRateHz) {
        return sampleRateHz == PCM16_24KHZ.sampleRateHz ? PCM16_24KHZ : new AudioFormat(Encoding.PCM16, sampleRateHz);
    }

    public int bytesPerSample() {
        return encoding.bytesPerSample();
    }

    /** Whole samples in so many bytes; a trailing part of a sample does not count. */
    public long samplesIn(long bytes) {
        return bytes / encoding.bytesPerSample();
    }

    public long bytesOf(long samples) {
        return samples * encoding.bytesPerSample();
    }

    public long nanosOf(long samples) {
        return samples * NANOS_PER_SECOND / sampleRateHz;
    }

    /** Whole milliseconds, rounded down, as every {@code *_ms} field of the Realtime protocol wants them. */
    public long millisOf(long samples) {
        return samples * MILLIS_PER_SECOND / sampleRateHz;
    }

    /** Whole samples that fit into so many nanoseconds. */
    public long samplesInNanos(long nanos) {
        return nanos / NANOS_PER_SECOND * sampleRateHz + nanos % NANOS_PER_SECOND * sampleRateHz / NANOS_PER_SECOND;
    }

    /** Whole samples that fit into so many milliseconds. */
    public long samplesInMillis(long millis) {
        return millis * sampleRateHz / MILLIS_PER_SECOND;
    }
}
