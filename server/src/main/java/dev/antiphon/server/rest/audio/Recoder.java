package dev.antiphon.server.rest.audio;

import io.netty.buffer.ByteBuf;

/**
 * Turns PCM16 mono at 24 kHz into a format the model's server does not make, as it comes.
 *
 * <p>Threading: confined to the event loop of its answer.
 */
interface Recoder {
    /** @param out lent; what stands before the first sample is appended */
    void begin(ByteBuf out);

    /**
     * @param pcm cut anywhere; lent, read to its end
     * @param out lent; appended to
     */
    void feed(ByteBuf pcm, ByteBuf out);

    /** @param out lent; what was held back is appended */
    void end(ByteBuf out);
}
