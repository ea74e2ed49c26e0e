package dev.antiphon.container;

import io.netty.buffer.ByteBuf;

/**
 * Hears what a container holds of Opus: once the head, then packets, then, at the end of a file that says so, how much of
 * the last of them is no sound.
 */
public interface OpusListener {
    void onHead(OpusHead head);

    /** @param packet legal by {@link OpusPacket#samplesIn}; lent */
    void onPacket(ByteBuf packet);

    /** @param samples at 48 kHz: so many at the end of what the packets decode to were not recorded */
    void onTrim(long samples);
}
