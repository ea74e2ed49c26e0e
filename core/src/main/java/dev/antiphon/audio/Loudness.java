package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;

/**
 * How loud PCM16 mono samples are, in dBFS: 0 is a square wave at full scale, so a sine at full scale is at -3.01.
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class Loudness {
    /** What silence measures, and anything softer: about the smallest step PCM16 has. Finite, so that it can be averaged. */
    public static final double SILENCE_DBFS = -96;

    private static final double FULL_SCALE = 32_768;

    private Loudness() {}

    /** @param pcm whole samples; lent, its indices stay   @return root mean square, never below {@link #SILENCE_DBFS} */
    public static double rmsDbfs(ByteBuf pcm) {
        int samples = Pcm16.samplesIn(pcm);
        if (samples == 0) return SILENCE_DBFS;
        long energy = 0;
        int end = pcm.writerIndex();
        for (int i = pcm.readerIndex(); i < end; i += Pcm16.BYTES_PER_SAMPLE) {
            int sample = pcm.getShortLE(i);
            energy += (long) sample * sample;
        }
        return powerDbfs((double) energy / samples);
    }

    /** @param pcm whole samples; lent, its indices stay   @return the loudest sample, never below {@link #SILENCE_DBFS} */
    public static double peakDbfs(ByteBuf pcm) {
        Pcm16.samplesIn(pcm);
        int peak = 0;
        int end = pcm.writerIndex();
        for (int i = pcm.readerIndex(); i < end; i += Pcm16.BYTES_PER_SAMPLE) {
            peak = Math.max(peak, Math.abs(pcm.getShortLE(i)));
        }
        return powerDbfs((double) peak * peak);
    }

    /**
     * Where a listener begins to hear something.
     *
     * @param pcm whole samples; lent, its indices stay
     * @return index, in samples, of the first one at or above {@code thresholdDbfs}; -1 if there is none
     */
    public static int firstAudibleSample(ByteBuf pcm, double thresholdDbfs) {
        int samples = Pcm16.samplesIn(pcm);
        double least = FULL_SCALE * Math.pow(10, thresholdDbfs / 20);
        int start = pcm.readerIndex();
        for (int i = 0; i < samples; i++) {
            if (Math.abs(pcm.getShortLE(start + i * Pcm16.BYTES_PER_SAMPLE)) >= least) return i;
        }
        return -1;
    }

    /** Inverse of {@link #powerDbfs}. */
    public static double meanSquareOf(double dbfs) {
        return FULL_SCALE * FULL_SCALE * Math.pow(10, dbfs / 10);
    }

    /** @param meanSquare of samples on the scale of PCM16   @return never below {@link #SILENCE_DBFS} */
    public static double powerDbfs(double meanSquare) {
        double dbfs = 10 * Math.log10(meanSquare / (FULL_SCALE * FULL_SCALE));
        return Math.max(SILENCE_DBFS, dbfs);
    }
}
