package dev.antiphon.playout;

import dev.antiphon.audio.AudioFormat;
import java.util.concurrent.TimeUnit;

/**
 * How much of a reply may be sent now, so that a client never has more than a lead to play: a small device needs no more
 * buffer than that, and what has not left can still be taken back when the person interrupts.
 *
 * <pre>
 *  sent    ████████████████████▌                 the first lead at once, then as fast as it is played
 *  played  ████████████▌◀─lead─▶▌
 * </pre>
 *
 * What comes after the first lead leaves in steps of a quarter of it, at most 100 ms, so that a session wakes ten times a
 * second and not fifty.
 *
 * <p>Threading: confined to its caller.
 */
public final class LeadPacer {
    private static final long MAX_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int STEPS_PER_LEAD = 4;

    private final AudioFormat format;
    private final long leadNanos;
    private final long stepSamples;
    private final PlayoutClock player;

    /** @param format what the client plays */
    public LeadPacer(AudioFormat format, int leadMillis) {
        this.format = format;
        this.leadNanos = TimeUnit.MILLISECONDS.toNanos(leadMillis);
        this.stepSamples = Math.max(1, format.samplesInNanos(Math.min(MAX_STEP_NANOS, leadNanos / STEPS_PER_LEAD)));
        this.player = new PlayoutClock(format);
    }

    /**
     * How many of the samples that wait may be sent now.
     *
     * @param waiting all there are
     */
    public long sendable(long waiting, long nowNanos) {
        long allowed = Math.min(waiting, format.samplesInNanos(leadNanos - player.unplayedNanos(nowNanos)));
        return allowed >= Math.min(waiting, stepSamples) ? allowed : 0;
    }

    /** When {@link #sendable}, which is nothing now, will be more. */
    public long sendableAtNanos(long waiting) {
        // One more, because a sample that is not quite allowed is not.
        return player.endNanos() - leadNanos + format.nanosOf(Math.min(waiting, stepSamples)) + 1;
    }

    public void onSent(long samples, long nowNanos) {
        player.onSent(samples, nowNanos);
    }

    /** The client was told to throw away what it had not played. */
    public void onFlushed(long nowNanos) {
        player.onFlushed(nowNanos);
    }

    /** Samples sent that a player which plays as it receives has not reached. */
    public long unplayedSamples(long nowNanos) {
        return player.unplayedSamples(nowNanos);
    }

    /** When such a player will have played the last sample sent; meaningless before anything was sent. */
    public long playedAtNanos() {
        return player.endNanos();
    }
}
