package dev.antiphon.cascade;

import dev.antiphon.upstream.BodyCalls;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ReplyInlet;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.UpstreamCalls;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The three models of one session as one that hears and speaks.
 *
 * <pre>
 *   request ─▶ clips ─▶ transcripts ─┐
 *              text ─────────────────┴▶ chat, in text ─▶ sentences ─▶ speech, of one and of the next ─▶ reply
 * </pre>
 *
 * A request that wants no speech is answered by the second model itself. Whatever a call has under way is cancelled with
 * it, in the same turn of the event loop.
 *
 * <p>The stages of a turn are those of the chat call: the wait for a transcript lies before its
 * {@link dev.antiphon.metrics.Stage#REQUEST_WRITTEN}.
 *
 * <p>Threading: confined to the session's event loop.
 */
public final class Cascade implements UpstreamCalls {
    private final CascadeSettings settings;
    private final Stages stages;
    private final CascadeCosts costs;
    private final UpstreamCalls chat;
    private final Executor later;
    private final Consumer<ReplyInlet> onReadable;
    private final Transcripts transcripts = new Transcripts();

    /**
     * The ways to the three models.
     *
     * @param chat the way to the second, given what it is to tell of each inlet that can be read
     */
    public record Stages(
            TranscriptionCalls transcriptions, Function<Consumer<ReplyInlet>, UpstreamCalls> chat, BodyCalls speech) {}

    /**
     * @param later runs a task on the session's event loop, never at once
     * @param onReadable told with the inlet given to {@link #start}, once after each event that put something into it;
     *     never from inside {@code start}, {@code cancel} or {@code resumeReads}, and not after {@code cancel}
     */
    public Cascade(
            CascadeSettings settings,
            Stages stages,
            CascadeCosts costs,
            Executor later,
            Consumer<ReplyInlet> onReadable) {
        this.settings = settings;
        this.stages = stages;
        this.costs = costs;
        this.later = later;
        this.onReadable = onReadable;
        chat = stages.chat().apply(this::onChatReadable);
    }

    @Override
    public Call start(ChatRequest request, ReplyInlet reply) {
        Turn turn = new Turn(request, reply);
        turn.start();
        return turn;
    }

    /** What is answered in writing goes into the asker's own inlet. */
    private void onChatReadable(ReplyInlet readable) {
        if (readable instanceof SpokenAnswer answer) answer.advance();
        else onReadable.accept(readable);
    }

    /** One request and its answer. */
    private final class Turn implements Call, Dictation.Owner {
        private final ChatRequest request;
        private final ReplyInlet reply;
        private final Asker asker;
        private final Dictation dictation;
        private @Nullable SpokenAnswer spoken; // null: not asked for, or not yet
        private UpstreamCalls.@Nullable Call chatCall; // null: not yet

        Turn(ChatRequest request, ReplyInlet reply) {
            this.request = request;
            this.reply = reply;
            asker = new Asker(reply, onReadable);
            dictation = new Dictation(
                    request.messages(), settings.hearing(), stages.transcriptions(), transcripts, costs, this);
        }

        void start() {
            if (!dictation.start()) onDictated();
        }

        @Override
        public void cancel() {
            asker.cancel();
            dictation.cancel();
            if (spoken != null) spoken.cancel();
            if (chatCall != null) chatCall.cancel();
        }

        @Override
        public void resumeReads() {
            if (spoken == null) {
                if (chatCall != null) chatCall.resumeReads();
            } else if (asker.takeRoom()) {
                later.execute(spoken::advance);
            }
        }

        @Override
        public void onDictated() {
            ChatRequest.Speech speech = request.speech();
            if (speech == null) {
                chatCall = chat.start(inText(null), reply);
                return;
            }
            SpokenAnswer answer = new SpokenAnswer(asker, stages.speech(), settings.speech(), speech.voice(), costs);
            spoken = answer;
            chatCall = chat.start(inText(settings.thinking().guidance()), answer);
            answer.isWrittenBy(chatCall);
        }

        @Override
        public void onDictationFault(UpstreamFault fault) {
            asker.fail(fault);
            asker.ring();
        }

        private ChatRequest inText(@Nullable String guidance) {
            List<ChatMessage> messages = new ArrayList<>();
            if (guidance != null) messages.add(new SystemMessage(guidance));
            for (ChatMessage message : dictation.messages()) {
                // It is for models that speak themselves.
                if (!message.equals(SystemMessage.ANSWER_ALOUD)) messages.add(message);
            }
            if (messages.isEmpty()) messages.add(new SystemMessage("You are a voice assistant."));
            String model = settings.thinking().model();
            return request.withModel(model == null ? request.model() : model)
                    .withMessages(messages)
                    .withSpeech(null);
        }
    }
}
