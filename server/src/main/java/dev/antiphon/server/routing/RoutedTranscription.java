package dev.antiphon.server.routing;

import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.channel.EventLoop;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One transcript that a session waits for, from whichever destination writes it.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class RoutedTranscription implements TranscriptionCalls.Call, Turn.Asker {
    private final TranscriptionRequest request;
    private final TranscriptionListener out;
    private final Function<Line, TranscriptionCalls> lines;
    private final Turn turn;
    private @Nullable Attempt attempt; // null: none is under way

    RoutedTranscription(
            RoutedModels models,
            EventLoop loop,
            Attempts attempts,
            TranscriptionRequest request,
            TranscriptionListener out) {
        this.request = request;
        this.out = out;
        lines = line -> line.models().transcriptionsOn(loop);
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
    public void ask(Destination destination) {
        Attempt next = new Attempt();
        attempt = next;
        next.call = lines.apply(destination.line())
                .start(
                        new TranscriptionRequest(
                                destination.modelFor(request.model()),
                                request.clip(),
                                request.language(),
                                request.prompt()),
                        next);
    }

    @Override
    public void giveUp(UpstreamFault fault) {
        attempt = null;
        out.onFault(fault);
    }

    /** One destination's attempt. */
    private final class Attempt implements TranscriptionListener {
        private TranscriptionCalls.@Nullable Call call; // null while it is being started
        private boolean isHeard;

        @Override
        public void onDelta(String delta) {
            if (attempt != this) return;
            onHeard();
            out.onDelta(delta);
        }

        @Override
        public void onCompleted(String transcript, TranscriptionUsage usage) {
            if (attempt != this) return;
            onHeard();
            turn.end();
            attempt = null;
            out.onCompleted(transcript, usage);
        }

        @Override
        public void onFault(UpstreamFault fault) {
            if (attempt == this) turn.onFault(fault);
        }

        private void onHeard() {
            if (!isHeard) turn.onHeard();
            isHeard = true;
        }
    }
}
