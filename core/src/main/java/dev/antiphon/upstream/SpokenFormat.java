package dev.antiphon.upstream;

import java.util.Set;
import java.util.TreeSet;

/**
 * What the samples of a spoken answer are: PCM16 little-endian, one channel or two, at a rate that speech is made in.
 *
 * <p>Threading: immutable.
 */
record SpokenFormat(int sampleRateHz, int channels) {
    /** What everybody behind the parser is told. */
    static final int HEARD_RATE_HZ = 24_000;

    private static final int MONO = 1;
    private static final int STEREO = 2;
    private static final int SAMPLE_BYTES = 2;

    private static final Set<Integer> RATES_HZ =
            Set.of(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000);

    /** For messages: what was expected. */
    static final String EXPECTED_RATES = "one of " + new TreeSet<>(RATES_HZ) + " Hz";

    static SpokenFormat mono(int sampleRateHz) {
        return new SpokenFormat(sampleRateHz, MONO);
    }

    static boolean isSpeechRate(long sampleRateHz) {
        return sampleRateHz <= Integer.MAX_VALUE && RATES_HZ.contains((int) sampleRateHz);
    }

    /** Whether there is a way from here to what is heard. */
    boolean isUnderstood() {
        return isSpeechRate(sampleRateHz) && (channels == MONO || channels == STEREO);
    }

    /** Whether the samples are already what is heard. */
    boolean isHeard() {
        return sampleRateHz == HEARD_RATE_HZ && channels == MONO;
    }

    boolean isStereo() {
        return channels == STEREO;
    }

    int frameBytes() {
        return channels * SAMPLE_BYTES;
    }
}
