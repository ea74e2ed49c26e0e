package dev.antiphon.playout;

import dev.antiphon.audio.AudioFormat;

/**
 * A model of the client's player: it plays what it receives in real time, without a gap, and waits when it has nothing.
 *
 * <p>What a client has not yet played is then {@code end − now}, where {@code end} moves on by the length of each piece
 * sent, from now where the player had run dry. It errs on the side of <i>heard</i> by the network's and the player's
 * delay; a client that reports its own position ({@code conversation.item.truncate}, a mark) overrules it.
 *
 * <p>Threading: confined to its caller.
 */
public final class PlayoutClock {
    private final AudioFormat format;
    private long endNanos;
    private boolean started;

    public PlayoutClock(AudioFormat format) {
        this.format = format;
    }

    public void onSent(long samples, long nowNanos) {
        if (!started || nowNanos - endNanos > 0) endNanos = nowNanos;
        started = true;
        endNanos += format.nanosOf(samples);
    }

    /** The client threw away what it had not played. */
    public void onFlushed(long nowNanos) {
        if (started && endNanos - nowNanos > 0) endNanos = nowNanos;
    }

    /** Samples sent that the player has not reached. */
    public long unplayedSamples(long nowNanos) {
        return format.samplesInNanos(unplayedNanos(nowNanos));
    }

    /** How long the player will play what it has. */
    public long unplayedNanos(long nowNanos) {
        return started ? Math.max(0, endNanos - nowNanos) : 0;
    }

    /** When the last sample sent will have been played; meaningless before anything was sent. */
    public long endNanos() {
        return endNanos;
    }
}
