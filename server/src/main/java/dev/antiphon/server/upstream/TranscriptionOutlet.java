package dev.antiphon.server.upstream;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A session that waits for a transcript. What one read brings is kept until the read is over: the session may cancel from
 * inside whatever it is told.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class TranscriptionOutlet implements CallOutlet, TranscriptionListener, TranscriptionCalls.Call {
    private final TranscriptionListener out;
    private final Queue<Runnable> news = new ArrayDeque<>();
    private boolean isCancelled;
    private @Nullable UpstreamCall call; // null: not started

    TranscriptionOutlet(TranscriptionListener out) {
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
        news.clear();
        if (call != null) call.cancel();
    }

    @Override
    public void onDelta(String delta) {
        news.add(() -> out.onDelta(delta));
    }

    @Override
    public void onCompleted(String transcript, TranscriptionUsage usage) {
        news.add(() -> out.onCompleted(transcript, usage));
    }

    @Override
    public void onFault(UpstreamFault fault) {
        news.add(() -> out.onFault(fault));
    }

    @Override
    public void tellNews() {
        for (Runnable next; !isCancelled && (next = news.poll()) != null; ) next.run();
    }

    /** The turn's stages are those of its answer. */
    @Override
    public void onStage(Stage stage, long atNanos) {}

    /** The session's limits are those of its answers. */
    @Override
    public void onRateLimits(List<RateLimit> rateLimits) {}

    /** A transcript is small. */
    @Override
    public boolean isFull() {
        return false;
    }
}
