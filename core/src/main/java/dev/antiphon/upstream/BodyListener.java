package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/**
 * What the answer to a {@link BodyRequest} is: its head, its bytes, then exactly one of {@link #onCompleted} and
 * {@link #onFault}, then nothing. A refusal is a fault and has neither head nor bytes. From inside any of these the call
 * may be cancelled.
 *
 * <p>Threading: called on the event loop of the one who asked.
 */
public interface BodyListener {
    /** @param contentType as the server sent it; empty: it sent none */
    void onHead(String contentType);

    /** @param bytes the next of the body, never empty; lent */
    void onBody(ByteBuf bytes);

    /** The body is whole, as far as HTTP can tell. */
    void onCompleted();

    void onFault(UpstreamFault fault);

    /** Whether to stop reading until {@link BodyCalls.Call#resumeReads}. */
    boolean isFull();
}
