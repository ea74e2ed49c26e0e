package dev.antiphon.turn;

import io.netty.buffer.ByteBuf;

/**
 * Decides from samples alone when a person starts and stops speaking: PCM16 little-endian mono at 24 kHz, cut anywhere
 * between samples. The same samples give the same decisions, however they are cut.
 *
 * <p>Threading: confined to its caller.
 */
public interface TurnDetector {
    /**
     * Speech is level above an adaptive noise floor. Its end is a silence: of {@code silence_duration_ms}, or, with an
     * eagerness, as long as the way the speaker sounded suggests. Words play no part: they are known only after a turn.
     */
    static TurnDetector of(TurnSettings settings) {
        return new EnergyTurnDetector(settings);
    }

    /** @param pcm whole samples; lent, its indices stay */
    void onAudio(ByteBuf pcm, TurnListener out);

    /** The rest of the present turn is not wanted (commit by hand, buffer cleared): wait for the next start. */
    void reset();

    /** Takes effect with the next sample; what was learnt of the background noise stays. */
    void configure(TurnSettings settings);
}
