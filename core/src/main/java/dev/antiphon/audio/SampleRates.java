package dev.antiphon.audio;

import java.util.Set;
import java.util.TreeSet;

/**
 * The sample rates that speech comes in. A closed set: filters are kept for each pair, and nobody may make us keep more.
 *
 * <p>Threading: immutable.
 */
final class SampleRates {
    private static final Set<Integer> KNOWN_HZ = Set.of(
            8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000);

    /** For messages: what was expected. */
    static final String EXPECTED = "one of " + new TreeSet<>(KNOWN_HZ) + " Hz";

    private SampleRates() {}

    static boolean isKnown(long sampleRateHz) {
        return sampleRateHz <= Integer.MAX_VALUE && KNOWN_HZ.contains((int) sampleRateHz);
    }
}
