package dev.antiphon.server.routing;

import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Endpoint;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One answer in bytes, from whichever destination gives it. The head of a good answer is its first word.
 *
 * <p>Threading: confined to its event loop.
 */
final class RoutedBody implements BodyCalls.Call, Turn.Asker {
    private final EventLoop loop;
    private final BodyRequest request;
    private final BodyListener out;
    private final Turn turn;
    private @Nullable Attempt attempt; // null: none is under way

    RoutedBody(RoutedModels models, EventLoop loop, Attempts attempts, BodyRequest request, BodyListener out) {
        this.loop = loop;
        this.request = request;
        this.out = out;
        turn = new Turn(loop, models.clock(), attempts, this);
    }

    void begin() {
        turn.begin();
    }

    @Override
    public void cancel() {
        turn.end();
        if (attempt != null && attempt.call != null) attempt.call.cancel();
        attempt = null;
    }

    @Override
    public void resumeReads() {
        if (attempt != null && attempt.call != null) attempt.call.resumeReads();
    }

    @Override
    public void ask(Destination destination) {
        Attempt next = new Attempt();
        attempt = next;
        next.call = destination
                .line()
                .models()
                .bodiesOn(loop)
                .start(new Renamed(request, destination.modelFor(request.model())), next);
    }

    @Override
    public void giveUp(UpstreamFault fault) {
        attempt = null;
        out.onFault(fault);
    }

    /** The same under the server's name of the model. */
    private record Renamed(BodyRequest request, String model) implements BodyRequest {
        @Override
        public Endpoint endpoint() {
            return request.endpoint();
        }

        @Override
        public String write(String upstreamModel, Dialect dialect, ByteBuf body) {
            return request.write(upstreamModel, dialect, body);
        }
    }

    /** One destination's attempt. */
    private final class Attempt implements BodyListener {
        private BodyCalls.@Nullable Call call; // null while it is being started
        private boolean isHeard;

        @Override
        public void onHead(String contentType) {
            if (attempt != this) return;
            onHeard();
            out.onHead(contentType);
        }

        @Override
        public void onBody(ByteBuf bytes) {
            if (attempt != this) return;
            onHeard();
            out.onBody(bytes);
        }

        @Override
        public void onCompleted() {
            if (attempt != this) return;
            onHeard();
            turn.end();
            attempt = null;
            out.onCompleted();
        }

        @Override
        public void onFault(UpstreamFault fault) {
            if (attempt == this) turn.onFault(fault);
        }

        @Override
        public boolean isFull() {
            return out.isFull();
        }

        private void onHeard() {
            if (!isHeard) turn.onHeard();
            isHeard = true;
        }
    }
}
