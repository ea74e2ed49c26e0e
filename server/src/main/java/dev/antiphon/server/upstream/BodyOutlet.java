package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One who waits for bytes. What one read brings is kept until the read is over: he may cancel from inside whatever he is
 * told.
 *
 * <p>Threading: confined to its event loop.
 */
final class BodyOutlet implements CallOutlet, BodyListener, BodyCalls.Call {
    private final BodyListener out;
    private final Queue<Object> news = new ArrayDeque<>(); // ByteBuf (ours), String (the head), UpstreamFault, or END
    private boolean isCancelled;
    private @Nullable UpstreamCall call; // null: not started

    private static final Object END = new Object();

    BodyOutlet(BodyListener out) {
        this.out = out;
    }

    /** @param request taken */
    void start(UpstreamCall newCall, CallRequest request) {
        call = newCall;
        newCall.start(request);
    }

    @Override
    public void cancel() {
        isCancelled = true;
        for (Object next; (next = news.poll()) != null; ) if (next instanceof ByteBuf bytes) bytes.release();
        if (call != null) call.cancel();
    }

    @Override
    public void resumeReads() {
        if (call != null) call.resumeReads();
    }

    @Override
    public void onHead(String contentType) {
        news.add(contentType);
    }

    @Override
    public void onBody(ByteBuf bytes) {
        news.add(bytes.retainedSlice());
    }

    @Override
    public void onCompleted() {
        news.add(END);
    }

    @Override
    public void onFault(UpstreamFault fault) {
        news.add(fault);
    }

    @Override
    public void tellNews() {
        for (Object next; !isCancelled && (next = news.poll()) != null; ) tell(next);
    }

    private void tell(Object next) {
        if (next instanceof ByteBuf bytes) {
            try {
                out.onBody(bytes);
            } finally {
                bytes.release();
            }
        } else if (next instanceof String contentType) {
            out.onHead(contentType);
        } else if (next instanceof UpstreamFault fault) {
            out.onFault(fault);
        } else {
            out.onCompleted();
        }
    }

    @Override
    public boolean isFull() {
        return out.isFull();
    }

    /** The turn's stages are those of its answer. */
    @Override
    public void onStage(Stage stage, long atNanos) {}

    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {}
}
