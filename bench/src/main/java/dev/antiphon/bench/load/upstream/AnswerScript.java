package dev.antiphon.bench.load.upstream;

import dev.antiphon.bench.load.stamp.PieceSound;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How answers are drawn.
 *
 * <p>Threading: immutable.
 *
 * @param pace seconds of speech made in a second
 */
public record AnswerScript(long seed, FirstAudio firstAudio, Pieces pieces, Length length, double pace) {
    public static final AnswerScript DEFAULT =
            new AnswerScript(1, new FirstAudio(350, 700), new Pieces(100, 400), new Length(2_000, 5_000), 2);

    private static final int STEP_MILLIS = 20;
    private static final int BYTES_PER_STEP =
            960; // PCM16 at 24 kHz; a multiple of 6: whole samples, base64 without padding
    private static final double DEVIATIONS_TO_P95 = 1.645;

    public AnswerScript {
        if (!(pace > 0)) throw new IllegalArgumentException("pace: " + pace + " (expected: > 0)");
    }

    /** From the last byte of the request to the first sound: log-normal, as far as the tail goes. */
    public record FirstAudio(int medianMillis, int p95Millis) {
        public FirstAudio {
            if (medianMillis < 1 || p95Millis < medianMillis) {
                throw new IllegalArgumentException("first audio: median " + medianMillis + ", p95 " + p95Millis
                        + " (expected: 1 <= median <= p95)");
            }
        }
    }

    /** How much speech a piece holds; drawn evenly in steps of 20 ms. */
    public record Pieces(int minMillis, int maxMillis) {
        public Pieces {
            requireRange("pieces", minMillis, maxMillis);
            if (maxMillis / STEP_MILLIS * BYTES_PER_STEP > PieceSound.MAX_PIECE_BYTES) {
                throw new IllegalArgumentException("pieces: " + maxMillis + " ms (expected: <= 1000)");
            }
        }
    }

    /** How much speech an answer holds; drawn evenly, and rounded up to whole pieces. */
    public record Length(int minMillis, int maxMillis) {
        public Length {
            requireRange("length", minMillis, maxMillis);
        }
    }

    /** What the answer of this number is like; the same for equal seeds, whoever asks and when. */
    public AnswerPlan plan(long answerId) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E37_79B9_7F4A_7C15L + answerId);
        long firstNanos = firstAudioNanos(random);
        int lengthSteps = steps(random, length.minMillis, length.maxMillis);
        int[] pieceBytes = new int[lengthSteps]; // a piece is at least one step
        int count = 0;
        for (int left = lengthSteps; left > 0; count++) {
            int taken = steps(random, pieces.minMillis, pieces.maxMillis);
            pieceBytes[count] = taken * BYTES_PER_STEP;
            left -= taken;
        }
        return new AnswerPlan(answerId, firstNanos, Arrays.copyOf(pieceBytes, count), pace);
    }

    private long firstAudioNanos(SplittableRandom random) {
        double sigma = Math.log((double) firstAudio.p95Millis / firstAudio.medianMillis) / DEVIATIONS_TO_P95;
        return (long) (firstAudio.medianMillis * 1e6 * Math.exp(sigma * random.nextGaussian()));
    }

    private static int steps(SplittableRandom random, int minMillis, int maxMillis) {
        return random.nextInt(minMillis / STEP_MILLIS, maxMillis / STEP_MILLIS + 1);
    }

    private static void requireRange(String what, int minMillis, int maxMillis) {
        if (minMillis < STEP_MILLIS || maxMillis < minMillis) {
            throw new IllegalArgumentException(
                    what + ": " + minMillis + " to " + maxMillis + " ms (expected: at least 20, the greater last)");
        }
    }
}
