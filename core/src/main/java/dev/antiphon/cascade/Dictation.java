package dev.antiphon.cascade;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.cascade.CascadeSettings.Hearing;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The clips of one request on their way to text: those that are not known yet are transcribed, the newest first, some at
 * once.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class Dictation {
    private static final int MOST_AT_ONCE = 4;
    /** Providers refuse a shorter clip, and nobody speaks a word in it. */
    private static final long LEAST_CLIP_MILLIS = 100;
    /** Where nothing could be made out and nothing else was sent: a message needs some content. */
    private static final String INAUDIBLE = "(inaudible)";

    /** Who waits for it. */
    interface Owner {
        /** All clips are known. */
        void onDictated();

        /** A clip could not be transcribed; the other calls were cancelled. */
        void onDictationFault(UpstreamFault fault);
    }

    private final TranscriptionCalls calls;
    private final Hearing hearing;
    private final CascadeCosts costs;
    private final Transcripts transcripts;
    private final List<ChatMessage> messages;
    private final Owner owner;
    private final Set<AudioClip> found = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<AudioClip> unknown = new ArrayDeque<>(); // the newest first
    private final List<Transcribing> underWay = new ArrayList<>();

    Dictation(
            List<ChatMessage> messages,
            Hearing hearing,
            TranscriptionCalls calls,
            Transcripts transcripts,
            CascadeCosts costs,
            Owner owner) {
        this.messages = messages;
        this.hearing = hearing;
        this.calls = calls;
        this.transcripts = transcripts;
        this.costs = costs;
        this.owner = owner;
    }

    /** @return whether there is anything to wait for */
    boolean start() {
        for (ChatMessage message : messages) {
            if (!(message instanceof UserMessage user)) continue;
            for (UserPart part : user.parts()) {
                if (part instanceof AudioPart audio) find(audio.clip());
            }
        }
        transcribeNext();
        return !underWay.isEmpty();
    }

    /** The messages in text; all clips are known. What was quoted by an audio id is told in its words. */
    List<ChatMessage> messages() {
        List<ChatMessage> told = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            if (message instanceof UserMessage user) told.add(inText(user));
            else if (message instanceof AssistantMessage assistant) addInText(assistant, told);
            else told.add(message);
        }
        return told;
    }

    /** Idempotent. */
    void cancel() {
        unknown.clear();
        for (Transcribing each : underWay) each.cancel();
        underWay.clear();
    }

    private void find(AudioClip clip) {
        if (transcripts.of(clip) != null) return;
        if (clip.millis() < LEAST_CLIP_MILLIS) {
            transcripts.put(clip, "");
            return;
        }
        if (found.add(clip)) unknown.addFirst(clip);
    }

    private void transcribeNext() {
        while (underWay.size() < MOST_AT_ONCE && !unknown.isEmpty()) {
            Transcribing next = new Transcribing(unknown.removeFirst());
            underWay.add(next);
            next.start();
        }
    }

    private UserMessage inText(UserMessage user) {
        List<UserPart> parts = new ArrayList<>();
        for (UserPart part : user.parts()) {
            if (!(part instanceof AudioPart audio)) {
                parts.add(part);
                continue;
            }
            String text = transcripts.of(audio.clip());
            if (text != null && !text.isBlank()) parts.add(new TextPart(text));
        }
        return new UserMessage(parts.isEmpty() ? List.of(new TextPart(INAUDIBLE)) : parts);
    }

    private static void addInText(AssistantMessage assistant, List<ChatMessage> out) {
        if (assistant.audioId() == null) {
            out.add(assistant);
        } else if (assistant.text() != null || !assistant.toolCalls().isEmpty()) {
            out.add(new AssistantMessage(assistant.text(), null, assistant.toolCalls()));
        }
    }

    /** One clip. */
    private final class Transcribing implements TranscriptionListener {
        private final AudioClip clip;
        private TranscriptionCalls.Call call = () -> {};

        Transcribing(AudioClip clip) {
            this.clip = clip;
        }

        void start() {
            call = calls.start(
                    new TranscriptionRequest(hearing.model(), clip, hearing.language(), hearing.prompt()), this);
        }

        void cancel() {
            call.cancel();
        }

        /** Only the whole of it counts. */
        @Override
        public void onDelta(String delta) {}

        @Override
        public void onCompleted(String transcript, TranscriptionUsage usage) {
            if (!underWay.remove(this)) return;
            costs.onTranscribed(hearing.model(), usage);
            transcripts.put(clip, transcript.strip());
            transcribeNext();
            if (underWay.isEmpty()) owner.onDictated();
        }

        @Override
        public void onFault(UpstreamFault fault) {
            if (!underWay.remove(this)) return;
            Dictation.this.cancel();
            owner.onDictationFault(fault);
        }
    }
}
