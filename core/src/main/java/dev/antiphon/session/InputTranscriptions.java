package dev.antiphon.session;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Conversation;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ResponseSnapshot.Failure;
import dev.antiphon.upstream.TranscriptionCalls;
import dev.antiphon.upstream.TranscriptionListener;
import dev.antiphon.upstream.TranscriptionRequest;
import dev.antiphon.upstream.TranscriptionUsage;
import dev.antiphon.upstream.UpstreamFault;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The transcriptions of a session that are under way: each runs beside the answer and never holds it up.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class InputTranscriptions {
    /** A spoken turn has one part. */
    private static final int CONTENT_INDEX = 0;

    private final ClientOutlet client;
    private final TranscriptionCalls calls;
    private final Conversation conversation;
    private final UsageAccount account;
    private final Map<String, TranscriptionCalls.Call> running = new HashMap<>(); // by item

    InputTranscriptions(
            ClientOutlet client, TranscriptionCalls calls, Conversation conversation, UsageAccount account) {
        this.client = client;
        this.calls = calls;
        this.conversation = conversation;
        this.account = account;
    }

    void start(String itemId, AudioClip clip, SessionSettings.Transcription wanted) {
        running.put(
                itemId,
                calls.start(
                        new TranscriptionRequest(wanted.model(), clip, wanted.language(), wanted.prompt()),
                        new Turn(itemId, wanted.model())));
    }

    boolean isIdle() {
        return running.isEmpty();
    }

    void cancelAll() {
        running.values().forEach(TranscriptionCalls.Call::cancel);
        running.clear();
    }

    /** One spoken turn being written down. */
    private final class Turn implements TranscriptionListener {
        private final String itemId;
        private final String model;

        Turn(String itemId, String model) {
            this.itemId = itemId;
            this.model = model;
        }

        @Override
        public void onDelta(String delta) {
            client.send(new ServerEvent.InputTranscriptionDelta(itemId, CONTENT_INDEX, delta));
        }

        @Override
        public void onCompleted(String transcript, TranscriptionUsage usage) {
            running.remove(itemId);
            remember(transcript);
            client.send(new ServerEvent.InputTranscriptionCompleted(itemId, CONTENT_INDEX, transcript, usage));
            account.onTranscribed(itemId, conversation.id(), model, usage);
        }

        @Override
        public void onFault(UpstreamFault fault) {
            running.remove(itemId);
            client.send(new ServerEvent.InputTranscriptionFailed(
                    itemId, CONTENT_INDEX, new Failure(fault.type(), fault.code(), fault.message())));
        }

        /** The item may be gone by now. */
        private void remember(String transcript) {
            if (!(conversation.find(itemId) instanceof Item.Message message)) return;
            if (!(message.content().get(CONTENT_INDEX) instanceof ContentPart.InputAudio audio)) return;
            ContentPart written = new ContentPart.InputAudio(audio.clip(), transcript);
            conversation.replace(new Item.Message(itemId, message.status(), message.role(), List.of(written)));
        }
    }
}
