package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Contract only for now: one HTTP response of a streaming chat completion, head and body, to a {@link ReplyListener}. */
public final class ReplyDecoder {
    public ReplyDecoder(int maxEventBytes, ReplyListener out) {
        if (maxEventBytes <= 0) throw new IllegalArgumentException("maxEventBytes: " + out);
    }

    /** @param contentType null: the server sent none */
    public void onHead(int httpStatus, @Nullable String contentType) {}

    /** @param bytes lent; all of it is consumed */
    public void onBody(ByteBuf bytes) {}

    /** No byte will follow: the body ended, or the connection did. */
    public void onEnd() {}

    /** Whether the answer is complete by what was said, though {@code [DONE]} is still to come. */
    public boolean isComplete() {
        return false;
    }

    /** Whether the listener has heard its last call. */
    public boolean isTerminated() {
        return false;
    }
}
