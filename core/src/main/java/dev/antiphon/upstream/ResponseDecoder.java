package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP response of a model's server, head and body, to what it says. Whatever the bytes are, its listener hears exactly
 * one last call and no exception comes out of here but the listener's own.
 *
 * <p>Threading: confined to its caller.
 */
public sealed interface ResponseDecoder permits ReplyDecoder, TranscriptionDecoder, BodyDecoder {
    /** @param contentType null: the server sent none, which is taken for what was asked for */
    void onHead(int httpStatus, @Nullable String contentType);

    /** @param bytes lent; all of it is consumed */
    void onBody(ByteBuf bytes);

    /** No byte will follow: the body ended, or the connection did. */
    void onEnd();

    /** The connection ended before the message did. A decoder that knows the end of its answer by itself need not care. */
    default void onCut() {
        onEnd();
    }

    /** Whether the answer is complete by what was said, though {@code [DONE]} is still to come. */
    boolean isComplete();

    /** Whether the listener has heard any sound. */
    default boolean hasSound() {
        return false;
    }

    /** Whether the listener has heard its last call. */
    boolean isTerminated();
}
