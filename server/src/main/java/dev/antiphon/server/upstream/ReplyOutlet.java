package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamFault;
import java.util.List;
import java.util.function.Consumer;

/**
 * A session that waits for a reply.
 *
 * <p>Threading: confined to the session's event loop.
 *
 * @param onReadable told that there is something in {@code reply}
 */
record ReplyOutlet(ReplyInlet reply, Consumer<ReplyInlet> onReadable) implements CallOutlet {
    @Override
    public void onStage(Stage stage, long atNanos) {
        reply.onStage(stage, atNanos);
    }

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {
        reply.onRateLimits(rateLimits);
    }

    @Override
    public void onRequestId(String requestId) {
        reply.onRequestId(requestId);
    }

    @Override
    public void onFault(UpstreamFault fault) {
        reply.onFault(fault);
    }

    @Override
    public boolean isFull() {
        return reply.isFull();
    }

    @Override
    public void tellNews() {
        onReadable.accept(reply);
    }
}
