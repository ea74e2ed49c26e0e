package dev.antiphon.server.client;

import dev.antiphon.conversation.Item;
import dev.antiphon.pcm.PcmSettings.Words;
import dev.antiphon.pcm.PcmWriter;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The session's events in the words of {@code pcm.v1}; most have none, and are not told.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class PcmProjection implements ServerEvent.Handler {
    /** Who writes, and has to know what happens. */
    interface Listener {
        /** @param json taken */
        void write(ByteBuf json);

        /**
         * Writes behind the sound that came before it.
         *
         * @param json taken
         */
        void writeInOrder(ByteBuf json);

        void onSpeechStarted();

        void onSpeechStopped();

        /** A turn was taken out of the client's audio. */
        void onCommitted();

        void onAnswerBegun();

        void onAnswerEnded();

        void onReplyBegun(String itemId);

        /** @return false: it was cut, and is not spoken of any more */
        boolean isInFlight(String itemId);

        /** @return all its audio, in milliseconds */
        long onReplyEnded(String itemId);
    }

    private final PcmWriter writer;
    private final Set<Words> words;
    private final Listener out;
    private final Map<String, StringBuilder> transcripts = new HashMap<>(); // of turns being written down, by item
    private String sessionId = "";

    PcmProjection(PcmWriter writer, Set<Words> words, Listener out) {
        this.writer = writer;
        this.words = words;
        this.out = out;
    }

    /** Known once the session is open. */
    String sessionId() {
        return sessionId;
    }

    @Override
    public void onSessionCreated(ServerEvent.SessionCreated event) {
        sessionId = event.sessionId();
    }

    @Override
    public void onSpeechStarted(ServerEvent.SpeechStarted event) {
        out.write(writer.speech(true, event.audioStartMillis()));
        out.onSpeechStarted();
    }

    @Override
    public void onSpeechStopped(ServerEvent.SpeechStopped event) {
        out.write(writer.speech(false, event.audioEndMillis()));
        out.onSpeechStopped();
    }

    @Override
    public void onInputAudioCommitted(ServerEvent.InputAudioCommitted event) {
        out.onCommitted();
    }

    @Override
    public void onInputTranscriptionDelta(ServerEvent.InputTranscriptionDelta event) {
        if (!words.contains(Words.PARTIAL)) return;
        StringBuilder soFar = transcripts.computeIfAbsent(event.itemId(), id -> new StringBuilder());
        soFar.append(event.delta());
        out.write(writer.partialTranscript(event.itemId(), soFar.toString()));
    }

    @Override
    public void onInputTranscriptionCompleted(ServerEvent.InputTranscriptionCompleted event) {
        transcripts.remove(event.itemId());
        if (words.contains(Words.FINAL) || words.contains(Words.PARTIAL)) {
            out.write(writer.finalTranscript(event.itemId(), event.transcript()));
        }
    }

    @Override
    public void onInputTranscriptionFailed(ServerEvent.InputTranscriptionFailed event) {
        transcripts.remove(event.itemId());
        writeFailure(event.error());
    }

    @Override
    public void onResponseCreated(ServerEvent.ResponseCreated event) {
        out.onAnswerBegun();
    }

    @Override
    public void onResponseDone(ServerEvent.ResponseDone event) {
        ResponseSnapshot.Failure failure = event.response().outcome().error();
        if (failure != null) writeFailure(failure);
        out.onAnswerEnded();
    }

    @Override
    public void onOutputItemAdded(ServerEvent.OutputItemAdded event) {
        if (!(event.item() instanceof Item.Message message)) return;
        out.onReplyBegun(message.id());
        out.writeInOrder(writer.replyStart(message.id()));
    }

    @Override
    public void onOutputItemDone(ServerEvent.OutputItemDone event) {
        String itemId = event.item().id();
        if (!out.isInFlight(itemId)) return;
        out.writeInOrder(writer.replyEnd(itemId, out.onReplyEnded(itemId)));
        out.writeInOrder(writer.mark(itemId));
    }

    @Override
    public void onOutputAudioTranscriptDelta(ServerEvent.OutputAudioTranscriptDelta event) {
        if (!words.contains(Words.TEXT) || !out.isInFlight(event.part().itemId())) return;
        out.writeInOrder(writer.replyText(event.part().itemId(), event.delta()));
    }

    @Override
    public void onError(ServerEvent.ErrorEvent event) {
        String code = event.code() == null ? event.type() : event.code();
        out.write(writer.error(code, event.message(), false));
    }

    private void writeFailure(ResponseSnapshot.Failure failure) {
        String code = failure.code() == null ? failure.type() : failure.code();
        out.write(writer.error(code, failure.message(), false));
    }

    // ---- no word for these ----

    @Override
    public void onSessionUpdated(ServerEvent.SessionUpdated event) {}

    @Override
    public void onInputAudioCleared(ServerEvent.InputAudioCleared event) {}

    @Override
    public void onItemAdded(ServerEvent.ItemAdded event) {}

    @Override
    public void onItemDone(ServerEvent.ItemDone event) {}

    @Override
    public void onItemTruncated(ServerEvent.ItemTruncated event) {}

    @Override
    public void onItemRetrieved(ServerEvent.ItemRetrieved event) {}

    @Override
    public void onItemDeleted(ServerEvent.ItemDeleted event) {}

    @Override
    public void onInputAudioTimeoutTriggered(ServerEvent.InputAudioTimeoutTriggered event) {}

    @Override
    public void onRateLimitsUpdated(ServerEvent.RateLimitsUpdated event) {}

    @Override
    public void onContentPartAdded(ServerEvent.ContentPartAdded event) {}

    @Override
    public void onContentPartDone(ServerEvent.ContentPartDone event) {}

    @Override
    public void onOutputAudioDone(ServerEvent.OutputAudioDone event) {}

    @Override
    public void onOutputAudioTranscriptDone(ServerEvent.OutputAudioTranscriptDone event) {}

    @Override
    public void onOutputTextDelta(ServerEvent.OutputTextDelta event) {}

    @Override
    public void onOutputTextDone(ServerEvent.OutputTextDone event) {}

    @Override
    public void onFunctionCallArgumentsDelta(ServerEvent.FunctionCallArgumentsDelta event) {}

    @Override
    public void onFunctionCallArgumentsDone(ServerEvent.FunctionCallArgumentsDone event) {}
}
