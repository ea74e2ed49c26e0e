package dev.antiphon.server.routing;

import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;

/**
 * A call that nobody was asked.
 *
 * <p>Threading: confined to its event loop.
 */
final class RefusedBody implements BodyCalls.Call {
    private boolean isCancelled;

    private RefusedBody() {}

    static RefusedBody tellOn(EventLoop loop, UpstreamFault fault, BodyListener out) {
        RefusedBody refused = new RefusedBody();
        loop.execute(() -> {
            if (!refused.isCancelled) out.onFault(fault);
        });
        return refused;
    }

    @Override
    public void cancel() {
        isCancelled = true;
    }

    @Override
    public void resumeReads() {}
}
