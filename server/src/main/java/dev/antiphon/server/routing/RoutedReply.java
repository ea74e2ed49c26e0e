package dev.antiphon.server.routing;

import dev.antiphon.audio.Loudness;
import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer that a session waits for, from whichever destination gives it. What an attempt says before its first sound
 * or word (its audio id, its rate limits, its stages) is held back, so that nothing is left of one that fails.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class RoutedReply implements UpstreamCalls.Call, Turn.Asker {
    /** Quieter than breath in a quiet room. */
    private static final double AUDIBLE_DBFS = -50;

    /** What a server says without saying anything is finite; more than this is handed on. */
    private static final int MOST_HELD = 64;

    private final RoutedCalls calls;
    private final Picks picks;
    private final ChatRequest request;
    private final ReplyInlet reply;
    private final Consumer<ReplyInlet> onReadable;
    private final Turn turn;
    private @Nullable Attempt attempt; // null: none is under way

    RoutedReply(
            RoutedCalls calls, Picks picks, ChatRequest request, ReplyInlet reply, Consumer<ReplyInlet> onReadable) {
        this.calls = calls;
        this.picks = picks;
        this.request = request;
        this.reply = reply;
        this.onReadable = onReadable;
        turn = new Turn(calls.loop(), calls.clock(), calls.attempts(picks), this);
    }

    void begin() {
        turn.begin();
    }

    @Override
    public void cancel() {
        turn.end();
        if (attempt != null) attempt.breakOff();
        attempt = null;
    }

    @Override
    public void resumeReads() {
        if (attempt != null && attempt.call != null) attempt.call.resumeReads();
    }

    @Override
    public void ask(Destination destination) {
        Line line = destination.line();
        ChatRequest told = calls.audioIds().toldTo(line, picks.home(), request);
        Attempt next = new Attempt(line);
        attempt = next;
        next.call = calls.of(line).start(told.withModel(destination.modelFor(request.model())), next);
        if (request.speech() != null) next.awaitSound(line.upstream().firstAudioMillis());
    }

    @Override
    public void giveUp(UpstreamFault fault) {
        if (attempt != null) attempt.letGo();
        attempt = null;
        reply.onFault(fault);
        onReadable.accept(reply);
    }

    /** What the upstream's client calls when there is something new. */
    static void onReadable(ReplyInlet inlet) {
        ((Attempt) inlet).onRead();
    }

    /** One destination's attempt at the answer. */
    private final class Attempt implements ReplyInlet {
        private final Line line;
        private final List<Runnable> held = new ArrayList<>();
        private UpstreamCalls.@Nullable Call call; // null while it is being started
        private @Nullable ScheduledFuture<?> deadline; // null: answered, or no sound is expected
        private boolean isHeard; // something of it has reached the session
        private boolean hasNews; // that the session has not been told of
        private boolean isOver; // it has said its last word, or is given up
        private @Nullable UpstreamFault fault; // its last word, not dealt with yet

        Attempt(Line line) {
            this.line = line;
        }

        void awaitSound(int millis) {
            EventLoop loop = calls.loop();
            deadline = loop.schedule(this::onSilence, millis, TimeUnit.MILLISECONDS);
        }

        void breakOff() {
            isOver = true;
            onAnswered();
            if (call != null) call.cancel();
        }

        /** What it held back is all there will be of this turn. */
        void letGo() {
            onAnswered();
            held.forEach(Runnable::run);
            held.clear();
        }

        void onRead() {
            if (attempt != this) return;
            UpstreamFault last = fault;
            if (last != null) {
                fault = null;
                end(last);
            } else if (hasNews) {
                hasNews = false;
                onReadable.accept(reply);
            }
        }

        private void end(UpstreamFault last) {
            onAnswered();
            turn.onFault(last);
        }

        private void onSilence() {
            if (attempt != this || isOver) return;
            breakOff();
            end(FaultRules.silent(isHeard));
        }

        private void onAnswered() {
            if (deadline != null) deadline.cancel(false);
            deadline = null;
        }

        /** The first of what a person would miss. */
        private void onHeard() {
            hasNews = true;
            if (isHeard) return;
            isHeard = true;
            turn.onHeard();
            held.forEach(Runnable::run);
            held.clear();
        }

        private void hold(Runnable saying) {
            if (!isHeard && held.size() == MOST_HELD) onHeard();
            if (isHeard) {
                saying.run();
                hasNews = true;
            } else {
                held.add(saying);
            }
        }

        // ---- what it says

        @Override
        public void onTranscript(String delta) {
            if (isOver) return;
            onHeard();
            reply.onTranscript(delta);
        }

        @Override
        public void onAudio(ByteBuf pcm) {
            if (isOver) return;
            onHeard();
            if (deadline != null && Loudness.firstAudibleSample(pcm, AUDIBLE_DBFS) >= 0) onAnswered();
            reply.onAudio(pcm);
        }

        @Override
        public void onText(String delta) {
            if (isOver) return;
            onHeard();
            onAnswered();
            reply.onText(delta);
        }

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
            if (isOver) return;
            onHeard();
            onAnswered();
            reply.onToolCall(index, callId, name, argumentsDelta);
        }

        @Override
        public void onRefusal(String delta) {
            if (isOver) return;
            onHeard();
            onAnswered();
            reply.onRefusal(delta);
        }

        @Override
        public void onCompleted() {
            if (isOver) return;
            isOver = true;
            onHeard();
            onAnswered();
            turn.end();
            reply.onCompleted();
        }

        @Override
        public void onFault(UpstreamFault newFault) {
            if (isOver) return;
            isOver = true;
            fault = newFault;
        }

        @Override
        public void onAudioId(String audioId) {
            if (isOver) return;
            hold(() -> {
                calls.audioIds().onIssued(audioId, line);
                reply.onAudioId(audioId);
            });
        }

        @Override
        public void onRole(String role) {
            if (!isOver) hold(() -> reply.onRole(role));
        }

        @Override
        public void onUsage(Usage usage) {
            if (!isOver) hold(() -> reply.onUsage(usage));
        }

        @Override
        public void onAudioExpiry(long expiresAtUnixSeconds) {
            if (!isOver) hold(() -> reply.onAudioExpiry(expiresAtUnixSeconds));
        }

        @Override
        public void onFinish(FinishReason reason) {
            if (!isOver) hold(() -> reply.onFinish(reason));
        }

        @Override
        public void onStage(Stage stage, long atNanos) {
            if (!isOver) hold(() -> reply.onStage(stage, atNanos));
        }

        @Override
        public void onRequestId(String requestId) {
            if (!isOver) hold(() -> reply.onRequestId(requestId));
        }

        @Override
        public void onRateLimits(List<RateLimit> rateLimits) {
            if (!isOver) hold(() -> reply.onRateLimits(rateLimits));
        }

        /** Without end in some streams, and nothing to be heard: handed on as it comes. */
        @Override
        public void onTick() {
            if (isOver || !isHeard) return;
            reply.onTick();
            hasNews = true;
        }

        @Override
        public boolean isFull() {
            return reply.isFull();
        }
    }
}
