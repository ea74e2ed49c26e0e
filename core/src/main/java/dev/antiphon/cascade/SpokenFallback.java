package dev.antiphon.cascade;

import dev.antiphon.metrics.Stage;
import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.FinishReason;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model that speaks, and the words it may answer in all the same spoken by another: audio models shown a written history
 * were reported to answer in writing.
 *
 * <p>What a model writes in an answer that was asked for aloud is held back until it is clear what it is:
 *
 * <pre>
 *   AWAITING_FIRST ──▶ PASSING    sound or its transcript came: what was held is passed on as it was, so is all that follows
 *                └───▶ SPEAKING   a whole sentence, a call of a function or the end came first: the text is spoken like a
 *                                 cascade's; sound that comes after all is dropped, for two voices are worse than one
 * </pre>
 *
 * A request that wants no speech passes through, and so does a refusal of it.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class SpokenFallback implements UpstreamCalls {
    private final SpeechSettings settings;
    private final UpstreamCalls model;
    private final BodyCalls speech;
    private final CascadeCosts costs;
    private final Executor later;
    private final Consumer<ReplyInlet> onReadable;

    /**
     * @param model the way to the model that speaks, given what it is to tell of each inlet that can be read
     * @param later runs a task on the session's event loop, never at once
     * @param onReadable as {@link Cascade} tells it
     */
    public SpokenFallback(
            SpeechSettings settings,
            Function<Consumer<ReplyInlet>, UpstreamCalls> model,
            BodyCalls speech,
            CascadeCosts costs,
            Executor later,
            Consumer<ReplyInlet> onReadable) {
        this.settings = settings;
        this.speech = speech;
        this.costs = costs;
        this.later = later;
        this.onReadable = onReadable;
        this.model = model.apply(this::onModelReadable);
    }

    @Override
    public Call start(ChatRequest request, ReplyInlet reply) {
        ChatRequest.Speech asked = request.speech();
        if (asked == null) return model.start(request, reply);
        Answer answer = new Answer(asked.voice(), reply);
        answer.start(request);
        return answer;
    }

    private void onModelReadable(ReplyInlet readable) {
        if (readable instanceof Answer answer) answer.advance();
        else onReadable.accept(readable);
    }

    private enum State {
        AWAITING_FIRST,
        PASSING,
        SPEAKING
    }

    /** One answer that was asked for aloud. */
    private final class Answer implements ReplyInlet, Call {
        private final Asker asker;
        private final SpokenAnswer spoken;
        private final SentenceSplitter sentences; // of what is held, to know when there is one
        private final StringBuilder held = new StringBuilder();
        private @Nullable String heldAudioId; // null: none came
        private State state = State.AWAITING_FIRST;
        private boolean hasSentence;
        private @Nullable Call call; // null: being started

        Answer(String voice, ReplyInlet reply) {
            asker = new Asker(reply, onReadable);
            spoken = new SpokenAnswer(asker, speech, settings, voice, costs);
            sentences = new SentenceSplitter(settings.portions(), sentence -> hasSentence |= !sentence.isSilent());
        }

        void start(ChatRequest request) {
            Call started = model.start(request, this);
            call = started;
            spoken.isWrittenBy(started);
        }

        void advance() {
            if (state == State.SPEAKING) spoken.advance();
            else asker.ring();
        }

        @Override
        public void cancel() {
            asker.cancel();
            spoken.cancel();
            if (call != null) call.cancel();
        }

        @Override
        public void resumeReads() {
            boolean isWaitedFor = asker.takeRoom();
            if (state == State.SPEAKING) {
                if (isWaitedFor) later.execute(spoken::advance);
            } else if (call != null) {
                call.resumeReads();
            }
        }

        /** What was held is a written answer. */
        private void speak() {
            state = State.SPEAKING;
            if (held.length() > 0) spoken.onText(held.toString());
            held.setLength(0);
        }

        /** What was held stands before sound. */
        private void pass() {
            if (state != State.AWAITING_FIRST) return;
            state = State.PASSING;
            if (heldAudioId != null) asker.tellAudioId(heldAudioId);
            if (held.length() > 0) asker.tellText(held.toString());
            held.setLength(0);
        }

        /** Nothing that is held will become part of a spoken answer of the model's own. */
        private void speakIfWritten() {
            if (state == State.AWAITING_FIRST && held.length() > 0) speak();
        }

        @Override
        public void onText(String delta) {
            switch (state) {
                case AWAITING_FIRST -> {
                    held.append(delta);
                    sentences.feed(delta);
                    if (hasSentence) speak();
                }
                case PASSING -> asker.tellText(delta);
                case SPEAKING -> spoken.onText(delta);
            }
        }

        @Override
        public void onRefusal(String delta) {
            if (state == State.PASSING) asker.tellRefusal(delta);
            else onText(delta);
        }

        @Override
        public void onTranscript(String delta) {
            pass();
            if (state == State.PASSING) asker.tellTranscript(delta);
        }

        @Override
        public void onAudio(ByteBuf pcm) {
            pass();
            if (state == State.PASSING) asker.tellAudio(pcm);
        }

        @Override
        public void onAudioId(String audioId) {
            if (state == State.AWAITING_FIRST) heldAudioId = audioId;
            else if (state == State.PASSING) asker.tellAudioId(audioId);
        }

        @Override
        public void onAudioExpiry(long expiresAtUnixSeconds) {
            if (state == State.PASSING) asker.tellAudioExpiry(expiresAtUnixSeconds);
        }

        @Override
        public void onToolCall(
                int index, @Nullable String callId, @Nullable String name, @Nullable String argumentsDelta) {
            speakIfWritten();
            if (state == State.SPEAKING) spoken.onToolCall(index, callId, name, argumentsDelta);
            else asker.tellToolCall(index, callId, name, argumentsDelta);
        }

        @Override
        public void onUsage(Usage usage) {
            speakIfWritten();
            if (state == State.SPEAKING) spoken.onUsage(usage);
            else asker.tellUsage(usage);
        }

        @Override
        public void onFinish(FinishReason reason) {
            speakIfWritten();
            if (state == State.SPEAKING) spoken.onFinish(reason);
            else asker.tellFinish(reason);
        }

        @Override
        public void onCompleted() {
            speakIfWritten();
            if (state == State.SPEAKING) spoken.onCompleted();
            else asker.complete();
        }

        /** What is held was told to nobody: another attempt may give a whole answer. */
        @Override
        public void onFault(UpstreamFault fault) {
            if (state == State.SPEAKING) spoken.onFault(fault);
            else asker.fail(fault);
        }

        @Override
        public void onRole(String role) {
            asker.tellRole(role);
        }

        @Override
        public void onTick() {
            if (state != State.SPEAKING) asker.tellTick();
        }

        @Override
        public void onRequestId(String requestId) {
            asker.tellRequestId(requestId);
        }

        @Override
        public void onStage(Stage stage, long atNanos) {
            asker.tellStage(stage, atNanos);
        }

        @Override
        public void onRateLimits(List<RateLimit> rateLimits) {
            asker.tellRateLimits(rateLimits);
        }

        @Override
        public boolean isFull() {
            return state == State.SPEAKING ? spoken.isFull() : asker.isFull();
        }
    }
}
