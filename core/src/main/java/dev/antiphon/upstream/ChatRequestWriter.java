package dev.antiphon.upstream;

import io.netty.buffer.ByteBuf;

/** Contract only for now: a {@link ChatRequest} to the JSON body of {@code POST …/chat/completions}. */
public final class ChatRequestWriter {
    /** @param out lent; the body is appended */
    public void write(ChatRequest request, ByteBuf out) {}
}
