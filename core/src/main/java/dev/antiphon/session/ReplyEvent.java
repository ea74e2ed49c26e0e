package dev.antiphon.session;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reply says besides sound, on its way through the downlink queue.
 *
 * <p>Threading: immutable.
 */
sealed interface ReplyEvent {

    void dispatchTo(Handler handler);

    record AudioId(String audioId) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onAudioId(audioId);
        }
    }

    record AudioExpiry(long expiresAtUnixSeconds) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onAudioExpiry(expiresAtUnixSeconds);
        }
    }

    record Transcript(String delta) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onTranscript(delta);
        }
    }

    /** Text and refusals: both are words for the person. */
    record Text(String delta) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onText(delta);
        }
    }

    record ToolCallPiece(
            int index,
            @Nullable String callId,
            @Nullable String name,
            @Nullable String argumentsDelta) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onToolCallPiece(this);
        }
    }

    record UsageReport(Usage usage) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onUsage(usage);
        }
    }

    record Finish(FinishReason reason) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onFinish(reason);
        }
    }

    record RateLimits(List<RateLimit> rateLimits) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onRateLimits(rateLimits);
        }
    }

    record StageMark(Stage stage, long atNanos) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onStage(stage, atNanos);
        }
    }

    /** @param requestId what the provider calls the request in its own log */
    record RequestName(String requestId) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onRequestId(requestId);
        }
    }

    record Completed() implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onCompleted();
        }
    }

    record Fault(UpstreamFault fault) implements ReplyEvent {
        @Override
        public void dispatchTo(Handler handler) {
            handler.onFault(fault);
        }
    }

    /** One method a kind of event. */
    interface Handler {
        void onAudioId(String audioId);

        void onAudioExpiry(long expiresAtUnixSeconds);

        void onTranscript(String delta);

        void onText(String delta);

        void onToolCallPiece(ToolCallPiece piece);

        void onUsage(Usage usage);

        void onFinish(FinishReason reason);

        void onRateLimits(List<RateLimit> rateLimits);

        void onStage(Stage stage, long atNanos);

        void onRequestId(String requestId);

        void onCompleted();

        void onFault(UpstreamFault fault);
    }
}
