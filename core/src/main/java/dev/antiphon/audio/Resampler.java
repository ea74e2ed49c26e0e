package dev.antiphon.audio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Turns a stream of PCM16 mono at one rate into the same sound at another. However the stream is cut, the output is the
 * same, and nothing is allocated on the way.
 *
 * <p>Output sample {@code n} is the sound at input time {@code n · from / to}: there is no shift in time, only a wait, as
 * the filter looks ahead 32 samples of the lower of the two rates (1.3 ms between 48 and 24 kHz, 4 ms at 8 kHz). What
 * waits comes with {@link #flush}.
 *
 * <p>Threading: confined to its caller.
 */
public final class Resampler {
    private static final int BLOCK_SAMPLES = 512;

    private final ResamplingFilter filter;

    // Input samples that some output still needs, the oldest first; silence lies before the first of the stream.
    private final float[] window;
    private int windowSamples;
    private int nextFrom; // in window: first tap of the next output sample
    private int nextPhase;

    private long inputSamples;
    private long outputSamples;

    /** Both rates are of the closed set 8,000 to 192,000 Hz that speech comes in. */
    public Resampler(int fromHz, int toHz) {
        check("fromHz", fromHz);
        check("toHz", toHz);
        filter = ResamplingFilter.between(fromHz, toHz);
        window = new float[filter.taps + filter.down / filter.up + BLOCK_SAMPLES];
        reset();
    }

    /** The whole of {@code clip} at another rate: {@code round(samples · to / from)} samples, none of it shifted. */
    public static AudioClip resample(AudioClip clip, int toHz) {
        int fromHz = clip.format().sampleRateHz();
        if (fromHz == toHz) return clip;
        Resampler resampler = new Resampler(fromHz, toHz);
        ByteBuf in = Unpooled.wrappedBuffer(clip.toByteArray());
        ByteBuf out = Unpooled.buffer(resampler.mostOutputBytes(clip.bytes()));
        try {
            resampler.feed(in, out);
            resampler.flush(out);
            return AudioClip.copyOf(toHz, out);
        } finally {
            out.release();
        }
    }

    /** How many samples a stream of so many becomes: {@code round(samples · to / from)}. */
    public long outputSamplesOf(long streamSamples) {
        return (2 * streamSamples * filter.up + filter.down) / (2L * filter.down);
    }

    /**
     * Takes the next samples.
     *
     * @param pcm whole samples; lent, its indices stay
     * @param out lent; the samples that became known are appended
     */
    public void feed(ByteBuf pcm, ByteBuf out) {
        int samples = Pcm16.samplesIn(pcm);
        out.ensureWritable(mostOutputBytes(pcm.readableBytes()));
        int index = pcm.readerIndex();
        for (int left = samples; left > 0; ) {
            int block = Math.min(left, window.length - windowSamples);
            for (int i = 0; i < block; i++, index += Pcm16.BYTES_PER_SAMPLE) {
                window[windowSamples++] = pcm.getShortLE(index);
            }
            emit(Long.MAX_VALUE, out);
            left -= block;
        }
        inputSamples += samples;
    }

    /**
     * The stream is over: appends what still waited, so that {@code round(input · to / from)} samples came out in all, and
     * begins anew.
     *
     * @param out lent
     */
    public void flush(ByteBuf out) {
        long due = outputSamplesOf(inputSamples);
        while (outputSamples < due) {
            while (windowSamples < window.length) window[windowSamples++] = 0;
            emit(due, out);
        }
        reset();
    }

    /** Forgets the stream: what waited is dropped. */
    public void reset() {
        windowSamples = 0;
        while (windowSamples < filter.tapsBehind) window[windowSamples++] = 0;
        nextFrom = 0;
        nextPhase = 0;
        inputSamples = 0;
        outputSamples = 0;
    }

    /** Room that surely suffices for the output of so many more input bytes, flush included. */
    public int mostOutputBytes(int inputBytes) {
        long samples = (long) inputBytes / Pcm16.BYTES_PER_SAMPLE + filter.taps;
        return Math.toIntExact(((samples * filter.up) / filter.down + 1) * Pcm16.BYTES_PER_SAMPLE);
    }

    /** Appends output samples while all their taps are in the window, then moves the window on. */
    private void emit(long due, ByteBuf out) {
        int stepSamples = filter.down / filter.up;
        int stepPhase = filter.down % filter.up;
        while (nextFrom + filter.taps <= windowSamples && outputSamples < due) {
            float sample = filter.apply(nextPhase, window, nextFrom);
            out.writeShortLE(Pcm16.clip((int) Math.rint(sample)));
            outputSamples++;
            nextFrom += stepSamples;
            nextPhase += stepPhase;
            if (nextPhase >= filter.up) {
                nextPhase -= filter.up;
                nextFrom++;
            }
        }
        int done = Math.min(nextFrom, windowSamples);
        System.arraycopy(window, done, window, 0, windowSamples - done);
        windowSamples -= done;
        nextFrom -= done;
    }

    private static void check(String what, int sampleRateHz) {
        if (!SampleRates.isKnown(sampleRateHz)) {
            throw new IllegalArgumentException(
                    what + ": " + sampleRateHz + " (expected: " + SampleRates.EXPECTED + ")");
        }
    }
}
