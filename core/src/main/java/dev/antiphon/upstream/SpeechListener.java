package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/**
 * What streamed text to speech says: pieces of a file, then exactly one of {@link #onCompleted} and {@link #onFault}, then
 * nothing.
 *
 * <p>Threading: called on the thread that feeds the decoder.
 */
public interface SpeechListener {
    /** @param encoded the next bytes of the sound in the form that was asked for, cut anywhere; never empty; lent */
    void onSound(ByteBuf encoded);

    /** @param usage {@link SpeechUsage#NONE}: the provider did not say */
    void onCompleted(SpeechUsage usage);

    void onFault(UpstreamFault fault);
}
