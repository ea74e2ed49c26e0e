package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;

/**
 * Makes a stream of PCM16 mono at 24 kHz faster or slower and keeps its pitch. However the stream is cut, the output is
 * the same, and nothing is allocated on the way. At speed 1 the bytes pass unchanged.
 *
 * <p>Output sample {@code n} is the sound about input time {@code n · speed}, less than 30 ms from it; exactly as many
 * samples as {@link #outputSamplesOf} says come out in all. It looks ahead at most 46 ms. What waits comes with
 * {@link #flush}.
 *
 * <p>Threading: confined to its caller.
 */
public final class TimeStretch {
    /*
     * WSOLA [1], one splice a hop:
     *
     *   input     ──────────[ continuation ]──────[ match ]──[ continuation of it ]──
     *                        next           ↘    ↙ near nominal
     *   output                  … cross-fade, one hop …
     *
     * Each hop of output begins with the sound that naturally follows the last hop and ends with a stretch of input from
     * about where the speed wants to be (nominal), chosen within the tolerance so that both look most alike: the waves
     * then add up instead of cancelling. Where the continuation itself lies within the tolerance, nothing looks more
     * alike, and the input is copied. So sound is cut or repeated in whole periods of the voice, and its pitch stays.
     *
     * The search is coarse on means of four samples, then fine around the best of them: a twentieth of the work. It only
     * begins when all input it may look at has come, hence the independence of cuts. The end of the stream is joined so
     * that its last sample is the last one out.
     *
     * [1] W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
     *     time-scale modification of speech", ICASSP 1993.
     */
    public static final double SLOWEST_RATIO = 0.25;

    public static final double FASTEST_RATIO = 1.5;

    /** 15 ms: two periods of a voice at 133 Hz, short against a syllable. */
    private static final int HOP_SAMPLES = 360;
    /** Either way; both together, 16.7 ms, hold one period of the deepest voices (60 Hz). */
    private static final int TOLERANCE_SAMPLES = 200;

    private static final int COARSE = 4;

    private static final float[] FADE_IN = new float[HOP_SAMPLES];

    static {
        for (int i = 0; i < HOP_SAMPLES; i++) {
            FADE_IN[i] = (float) (0.5 - 0.5 * Math.cos(Math.PI * (i + 0.5) / HOP_SAMPLES));
        }
    }

    private final double speedRatio;

    // Input samples that are still needed: at most 2,000 between two feeds, and at the end of a stream that is shorter
    // than two hops, as many as it becomes at the slowest speed.
    private final float[] window = new float[4_096];
    private final float[] coarseContinuation = new float[HOP_SAMPLES / COARSE];
    private final float[] coarseInput = new float[(2 * TOLERANCE_SAMPLES + HOP_SAMPLES) / COARSE];
    private int windowSamples;
    private long windowStart; // number of the input sample at the start of the window

    private long nextSample; // number of the input sample that follows what is out
    private long inputSamples;
    private long outputSamples;

    /** @param speedRatio 0.25 to 1.5; 2 would be twice as fast */
    public TimeStretch(double speedRatio) {
        if (!(speedRatio >= SLOWEST_RATIO && speedRatio <= FASTEST_RATIO)) {
            throw new IllegalArgumentException(
                    "speedRatio: " + speedRatio + " (expected: " + SLOWEST_RATIO + " to " + FASTEST_RATIO + ")");
        }
        this.speedRatio = speedRatio;
    }

    /** How many samples a stream of so many becomes, to the sample. */
    public long outputSamplesOf(long streamSamples) {
        return Math.round(streamSamples / speedRatio);
    }

    /**
     * Takes the next samples.
     *
     * @param pcm whole samples; lent, its indices stay
     * @param out lent; the samples that became known are appended
     */
    public void feed(ByteBuf pcm, ByteBuf out) {
        int samples = Pcm16.samplesIn(pcm);
        if (speedRatio == 1) {
            out.writeBytes(pcm, pcm.readerIndex(), pcm.readableBytes());
            return;
        }
        ensureWritable(outputSamplesOf(inputSamples + samples), out);
        int index = pcm.readerIndex();
        for (int left = samples; left > 0; ) {
            int block = Math.min(left, window.length - windowSamples);
            for (int i = 0; i < block; i++, index += Pcm16.BYTES_PER_SAMPLE) {
                window[windowSamples++] = pcm.getShortLE(index);
            }
            inputSamples += block;
            left -= block;
            spliceWhatIsKnown(out);
        }
    }

    /**
     * The stream is over: appends what still waited and begins anew.
     *
     * @param out lent
     */
    public void flush(ByteBuf out) {
        long due = outputSamplesOf(inputSamples);
        if (inputSamples > 0) {
            ensureWritable(due, out);
            spliceUpToTheEnd(due, out);
            joinTheEnd((int) (due - outputSamples), out);
        }
        reset();
    }

    /** Forgets the stream: what waited is dropped. */
    public void reset() {
        windowSamples = 0;
        windowStart = 0;
        nextSample = 0;
        inputSamples = 0;
        outputSamples = 0;
    }

    private void ensureWritable(long dueSamples, ByteBuf out) {
        out.ensureWritable(Math.toIntExact((dueSamples - outputSamples) * Pcm16.BYTES_PER_SAMPLE));
    }

    private void spliceWhatIsKnown(ByteBuf out) {
        long latest = nominalSample() + TOLERANCE_SAMPLES;
        while (latest + 2 * HOP_SAMPLES <= inputSamples) {
            splice(nominalSample() - TOLERANCE_SAMPLES, latest, out);
            latest = nominalSample() + TOLERANCE_SAMPLES;
        }
        // The search at the end of the stream may go back as far as this.
        forgetBefore(Math.min(nextSample, nominalSample() - 4 * TOLERANCE_SAMPLES));
    }

    /** No splice leads so close to the end that nothing is left to go on with. */
    private void spliceUpToTheEnd(long due, ByteBuf out) {
        long last = inputSamples - 2 * HOP_SAMPLES;
        while (last >= 0 && due - outputSamples >= 2 * HOP_SAMPLES) {
            long nominal = Math.min(nominalSample(), last - TOLERANCE_SAMPLES);
            splice(nominal - TOLERANCE_SAMPLES, Math.max(0, nominal + TOLERANCE_SAMPLES), out);
        }
    }

    /** The stretch of input whose end, after one more hop of output, is where the speed wants to be. */
    private long nominalSample() {
        return Math.max(0, Math.round((outputSamples + HOP_SAMPLES) * speedRatio) - HOP_SAMPLES);
    }

    private void splice(long earliestSample, long latestSample, ByteBuf out) {
        long earliest = Math.max(0, earliestSample);
        boolean goesStraightOn = earliest <= nextSample && nextSample <= latestSample;
        long match = goesStraightOn ? nextSample : windowStart + bestMatch(inWindow(earliest), inWindow(latestSample));
        crossFade(inWindow(nextSample), inWindow(match), HOP_SAMPLES, out);
        nextSample = match + HOP_SAMPLES;
    }

    /** The last samples of the stream follow what is out; a stream too short to be stretched is followed by silence. */
    private void joinTheEnd(int samples, ByteBuf out) {
        while (windowSamples < samples) window[windowSamples++] = 0;
        int from = windowSamples - samples;
        int faded = Math.min(HOP_SAMPLES, samples);
        crossFade(inWindow(nextSample), from, faded, out);
        for (int i = from + faded; i < windowSamples; i++) out.writeShortLE((int) window[i]);
    }

    private void crossFade(int from, int to, int samples, ByteBuf out) {
        for (int i = 0; i < samples; i++) {
            float before = window[from + i];
            float share = FADE_IN[i * HOP_SAMPLES / samples];
            out.writeShortLE(Math.round(before + (window[to + i] - before) * share));
        }
        outputSamples += samples;
    }

    /** Where in the window, between {@code earliest} and {@code latest}, one hop looks most like the continuation. */
    private int bestMatch(int earliest, int latest) {
        int next = inWindow(nextSample);
        shrink(next, coarseContinuation, HOP_SAMPLES / COARSE);
        shrink(earliest, coarseInput, (latest - earliest + HOP_SAMPLES) / COARSE);
        int coarse = (earliest + latest) / 2; // stays where nothing is alike, as in silence
        float likeness = 0;
        for (int lag = 0; lag <= (latest - earliest) / COARSE; lag++) {
            float newLikeness = likeness(coarseContinuation, 0, coarseInput, lag, HOP_SAMPLES / COARSE);
            if (newLikeness <= likeness) continue;
            likeness = newLikeness;
            coarse = earliest + lag * COARSE;
        }
        int best = coarse;
        likeness = 0;
        int last = Math.min(latest, coarse + COARSE - 1);
        for (int fine = Math.max(earliest, coarse - COARSE + 1); fine <= last; fine++) {
            float newLikeness = likeness(window, next, window, fine, HOP_SAMPLES);
            if (newLikeness <= likeness) continue;
            likeness = newLikeness;
            best = fine;
        }
        return best;
    }

    private void shrink(int from, float[] means, int count) {
        for (int i = 0, at = from; i < count; i++, at += COARSE) {
            means[i] = window[at] + window[at + 1] + window[at + 2] + window[at + 3];
        }
    }

    /** Their correlation, but for the loudness of {@code a}, which is the same for all that are compared. */
    private static float likeness(float[] a, int fromA, float[] b, int fromB, int samples) {
        // Two sums each, for a chain of additions waits for itself; always in the same order.
        float product = 0;
        float otherProduct = 0;
        float energy = 0;
        float otherEnergy = 0;
        for (int i = 0; i < samples; i += 2) {
            float x = b[fromB + i];
            float y = b[fromB + i + 1];
            product += a[fromA + i] * x;
            otherProduct += a[fromA + i + 1] * y;
            energy += x * x;
            otherEnergy += y * y;
        }
        float whole = energy + otherEnergy;
        return whole == 0 ? 0 : (product + otherProduct) / (float) Math.sqrt(whole);
    }

    private int inWindow(long sample) {
        return (int) (sample - windowStart);
    }

    private void forgetBefore(long sample) {
        if (sample <= windowStart) return;
        int forgotten = inWindow(sample);
        System.arraycopy(window, forgotten, window, 0, windowSamples - forgotten);
        windowSamples -= forgotten;
        windowStart = sample;
    }
}
