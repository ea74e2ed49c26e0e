package dev.antiphon.bench.load.record;

import dev.antiphon.audio.AudioFormat;
import java.util.concurrent.TimeUnit;

/**
 * What a listener would hear of one answer after the other with a player that waits until 100 ms are there (or the whole
 * answer), then plays in real time, and waits again when it has run dry.
 *
 * <p>Threading: confined to its caller.
 */
public final class PlayerModel {
    private static final AudioFormat FORMAT = AudioFormat.PCM16_24KHZ;
    private static final long BUFFER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private long bufferedNanos; // sound that was not played; valid while it waits
    private boolean isPlaying;
    private long dryAtNanos; // when the last sound will have been played; valid while it plays
    private boolean isStarved; // waits in the middle of an answer
    private long underruns;
    private long underrunNanos;

    /** A new answer begins. */
    public void begin() {
        bufferedNanos = 0;
        isPlaying = false;
        isStarved = false;
        underruns = 0;
        underrunNanos = 0;
    }

    /** Sound of the answer has come; its moments must not go back. */
    public void onSound(int bytes, long nowNanos) {
        long nanos = FORMAT.nanosOf(FORMAT.samplesIn(bytes));
        if (isPlaying && dryAtNanos - nowNanos < 0) {
            isPlaying = false;
            isStarved = true;
            bufferedNanos = 0;
            underruns++;
        }
        if (isPlaying) {
            dryAtNanos += nanos;
            return;
        }
        bufferedNanos += nanos;
        if (bufferedNanos >= BUFFER_NANOS) play(nowNanos);
    }

    /** The answer is complete: what waits is played, however little. */
    public void onEnd(long nowNanos) {
        if (!isPlaying && bufferedNanos > 0) play(nowNanos);
    }

    private void play(long nowNanos) {
        if (isStarved) underrunNanos += nowNanos - dryAtNanos;
        isStarved = false;
        isPlaying = true;
        dryAtNanos = nowNanos + bufferedNanos;
        bufferedNanos = 0;
    }

    /** How often it ran dry within the answer. */
    public long underruns() {
        return underruns;
    }

    /** How long it was silent because of that. */
    public long underrunNanos() {
        return underrunNanos;
    }
}
