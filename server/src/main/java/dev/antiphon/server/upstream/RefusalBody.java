package dev.antiphon.server.upstream;

import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * What the body of a refusal says, with what the head said of asking again added to it.
 *
 * <p>Threading: confined to its caller.
 */
record RefusalBody(RetryHint hint, Consumer<UpstreamFault> out) implements BodyListener {
    @Override
    public void onFault(UpstreamFault fault) {
        out.accept(fault.withRetry(hint.of(fault)));
    }

    // None of these is called: a refusal has neither head nor bytes.

    @Override
    public void onHead(String contentType) {}

    @Override
    public void onBody(ByteBuf bytes) {}

    @Override
    public void onCompleted() {}

    @Override
    public boolean isFull() {
        return false;
    }
}
