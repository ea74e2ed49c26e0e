package dev.antiphon.bench.load.stamp;

import java.util.SplittableRandom;

/**
 * What pieces sound like: a hum of 150 Hz in a little noise, loud enough to count as speech, never the same twice within
 * a piece, and the same in every process. The bytes of a piece behind its stamp are those of this sound from
 * {@link Stamp#BYTES} on.
 *
 * <p>Threading: immutable.
 */
public final class PieceSound {
    /** One second. */
    public static final int MAX_PIECE_BYTES = 48_000;

    private static final byte[] SOUND = make();

    private PieceSound() {}

    /** @return lent, never to be written to */
    public static byte[] bytes() {
        return SOUND;
    }

    private static byte[] make() {
        byte[] pcm = new byte[MAX_PIECE_BYTES];
        SplittableRandom noise = new SplittableRandom(150);
        int periodSamples = 160;
        for (int at = 0; at < pcm.length; at += 2) {
            int phase = (at / 2) % periodSamples;
            int triangle = 150 * (Math.abs(phase - periodSamples / 2) - periodSamples / 4); // +-6,000
            int sample = triangle + noise.nextInt(-300, 301);
            pcm[at] = (byte) sample;
            pcm[at + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }
}
