package dev.antiphon.realtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.upstream.RateLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the Realtime protocol's server events (GA): one JSON object, the payload of one text frame. One writer belongs
 * to one session, because it numbers the events.
 *
 * <p>Many clients refuse frames of 1 MiB and more. The writer splits nothing; with audio in pieces of at most
 * {@link #MAX_AUDIO_BYTES} every frame stays far below, save those that repeat a client's own long text.
 *
 * <p>Threading: confined to its caller.
 */
public final class ServerEventWriter {
    /** Longest piece of audio for one event: 1.4 seconds, 87 KiB of base64. */
    public static final int MAX_AUDIO_BYTES = 64 * 1024;

    private static final JsonFactory JSON = new JsonFactory();
    private static final int INITIAL_BYTES = 512;

    // {"type":"response.output_audio.delta","event_id":"event_7" + envelope of the part + base64 + "}
    private static final byte[] AUDIO_DELTA_START =
            ascii("{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_");
    private static final byte[] AUDIO_DELTA_END = ascii("\"}");
    private static final int MAX_SEQUENCE_DIGITS = 19;

    private long lastSequence;
    private @Nullable PartRef audioPart;
    private byte[] audioEnvelope = new byte[0]; // of audioPart

    /** @return given */
    public ByteBuf write(ServerEvent event, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(INITIAL_BYTES);
        boolean written = false;
        try (OutputStream out = new ByteBufOutputStream(frame);
                JsonGenerator json = JSON.createGenerator(out)) {
            event.dispatchTo(new EventWriter(new JsonWriter(json), ++lastSequence));
            json.flush();
            written = true;
            return frame;
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer refused JSON", e);
        } finally {
            if (!written) frame.release();
        }
    }

    /**
     * {@code response.output_audio.delta}, the hot one: nothing of it passes a generator.
     *
     * @param pcm whole samples, PCM16 little-endian mono, 24 kHz, at most {@link #MAX_AUDIO_BYTES}; lent, its indices
     *     stay
     * @return given
     */
    public ByteBuf writeAudio(PartRef part, ByteBuf pcm, ByteBufAllocator allocator) {
        byte[] envelope = envelopeOf(part);
        ByteBuf frame = allocator.buffer(AUDIO_DELTA_START.length
                + MAX_SEQUENCE_DIGITS
                + envelope.length
                + Base64Pcm.encodedBytes(pcm.readableBytes())
                + AUDIO_DELTA_END.length);
        frame.writeBytes(AUDIO_DELTA_START);
        writeDecimal(++lastSequence, frame);
        frame.writeBytes(envelope);
        Base64Pcm.encode(pcm, frame);
        frame.writeBytes(AUDIO_DELTA_END);
        return frame;
    }

    /** What stands between an event's number and its audio; remembered, as hundreds of deltas share one part. */
    private byte[] envelopeOf(PartRef part) {
        if (!part.equals(audioPart)) {
            audioPart = part;
            audioEnvelope = ("\",\"response_id\":\"" + escaped(part.responseId())
                            + "\",\"item_id\":\"" + escaped(part.itemId())
                            + "\",\"output_index\":" + part.outputIndex()
                            + ",\"content_index\":" + part.contentIndex()
                            + ",\"delta\":\"")
                    .getBytes(StandardCharsets.UTF_8);
        }
        return audioEnvelope;
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(WellFormed.text(text)));
    }

    private static void writeDecimal(long value, ByteBuf out) {
        long divisor = 1;
        while (value / divisor >= 10) divisor *= 10;
        for (; divisor > 0; divisor /= 10) out.writeByte('0' + (int) (value / divisor % 10));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Writes one event, each as its type wants it. */
    private static final class EventWriter implements ServerEvent.Handler {
        private final JsonWriter json;
        private final long sequence;

        EventWriter(JsonWriter json, long sequence) {
            this.json = json;
            this.sequence = sequence;
        }

        @Override
        public void onSessionCreated(ServerEvent.SessionCreated event) {
            session("session.created", event.sessionId(), event.expiresAtUnixSeconds(), event.settings());
        }

        @Override
        public void onSessionUpdated(ServerEvent.SessionUpdated event) {
            session("session.updated", event.sessionId(), event.expiresAtUnixSeconds(), event.settings());
        }

        @Override
        public void onSpeechStarted(ServerEvent.SpeechStarted event) {
            begin("input_audio_buffer.speech_started");
            json.number("audio_start_ms", event.audioStartMillis());
            json.text("item_id", event.itemId());
            json.end();
        }

        @Override
        public void onSpeechStopped(ServerEvent.SpeechStopped event) {
            begin("input_audio_buffer.speech_stopped");
            json.number("audio_end_ms", event.audioEndMillis());
            json.text("item_id", event.itemId());
            json.end();
        }

        @Override
        public void onInputAudioCommitted(ServerEvent.InputAudioCommitted event) {
            begin("input_audio_buffer.committed");
            json.textOrNull("previous_item_id", event.previousItemId());
            json.text("item_id", event.itemId());
            json.end();
        }

        @Override
        public void onInputAudioCleared(ServerEvent.InputAudioCleared event) {
            begin("input_audio_buffer.cleared");
            json.end();
        }

        @Override
        public void onItemAdded(ServerEvent.ItemAdded event) {
            conversationItem("conversation.item.added", event.item(), event.previousItemId());
        }

        @Override
        public void onItemDone(ServerEvent.ItemDone event) {
            conversationItem("conversation.item.done", event.item(), event.previousItemId());
        }

        @Override
        public void onItemTruncated(ServerEvent.ItemTruncated event) {
            begin("conversation.item.truncated");
            json.text("item_id", event.itemId());
            json.number("content_index", event.contentIndex());
            json.number("audio_end_ms", event.audioEndMillis());
            json.end();
        }

        @Override
        public void onItemRetrieved(ServerEvent.ItemRetrieved event) {
            begin("conversation.item.retrieved");
            json.field("item");
            ItemJson.write(event.item(), json);
            json.end();
        }

        @Override
        public void onItemDeleted(ServerEvent.ItemDeleted event) {
            begin("conversation.item.deleted");
            json.text("item_id", event.itemId());
            json.end();
        }

        @Override
        public void onInputAudioTimeoutTriggered(ServerEvent.InputAudioTimeoutTriggered event) {
            begin("input_audio_buffer.timeout_triggered");
            json.number("audio_start_ms", event.audioStartMillis());
            json.number("audio_end_ms", event.audioEndMillis());
            json.text("item_id", event.itemId());
            json.end();
        }

        @Override
        public void onInputTranscriptionDelta(ServerEvent.InputTranscriptionDelta event) {
            beginTranscription("delta", event.itemId(), event.contentIndex());
            json.text("delta", event.delta());
            json.end();
        }

        @Override
        public void onInputTranscriptionCompleted(ServerEvent.InputTranscriptionCompleted event) {
            beginTranscription("completed", event.itemId(), event.contentIndex());
            json.text("transcript", event.transcript());
            TranscriptionJson.writeUsage(json, event.usage());
            json.end();
        }

        @Override
        public void onInputTranscriptionFailed(ServerEvent.InputTranscriptionFailed event) {
            beginTranscription("failed", event.itemId(), event.contentIndex());
            TranscriptionJson.writeError(json, event.error());
            json.end();
        }

        private void beginTranscription(String what, String itemId, int contentIndex) {
            begin("conversation.item.input_audio_transcription." + what);
            json.text("item_id", itemId);
            json.number("content_index", contentIndex);
        }

        @Override
        public void onRateLimitsUpdated(ServerEvent.RateLimitsUpdated event) {
            begin("rate_limits.updated");
            json.beginArray("rate_limits");
            for (RateLimit limit : event.rateLimits()) {
                json.beginObject();
                json.text("name", limit.name());
                json.number("limit", limit.limit());
                json.number("remaining", limit.remaining());
                json.number("reset_seconds", limit.resetSeconds());
                json.end();
            }
            json.endArray();
            json.end();
        }

        @Override
        public void onResponseCreated(ServerEvent.ResponseCreated event) {
            response("response.created", event.response());
        }

        @Override
        public void onResponseDone(ServerEvent.ResponseDone event) {
            response("response.done", event.response());
        }

        @Override
        public void onOutputItemAdded(ServerEvent.OutputItemAdded event) {
            outputItem("response.output_item.added", event.responseId(), event.outputIndex(), event.item());
        }

        @Override
        public void onOutputItemDone(ServerEvent.OutputItemDone event) {
            outputItem("response.output_item.done", event.responseId(), event.outputIndex(), event.item());
        }

        @Override
        public void onContentPartAdded(ServerEvent.ContentPartAdded event) {
            contentPart("response.content_part.added", event.part(), event.kind(), "");
        }

        @Override
        public void onContentPartDone(ServerEvent.ContentPartDone event) {
            contentPart("response.content_part.done", event.part(), event.kind(), event.text());
        }

        @Override
        public void onOutputAudioDone(ServerEvent.OutputAudioDone event) {
            begin("response.output_audio.done", event.part());
            json.end();
        }

        @Override
        public void onOutputAudioTranscriptDelta(ServerEvent.OutputAudioTranscriptDelta event) {
            begin("response.output_audio_transcript.delta", event.part());
            json.text("delta", event.delta());
            json.end();
        }

        @Override
        public void onOutputAudioTranscriptDone(ServerEvent.OutputAudioTranscriptDone event) {
            begin("response.output_audio_transcript.done", event.part());
            json.text("transcript", event.transcript());
            json.end();
        }

        @Override
        public void onOutputTextDelta(ServerEvent.OutputTextDelta event) {
            begin("response.output_text.delta", event.part());
            json.text("delta", event.delta());
            json.end();
        }

        @Override
        public void onOutputTextDone(ServerEvent.OutputTextDone event) {
            begin("response.output_text.done", event.part());
            json.text("text", event.text());
            json.end();
        }

        @Override
        public void onFunctionCallArgumentsDelta(ServerEvent.FunctionCallArgumentsDelta event) {
            begin("response.function_call_arguments.delta");
            json.text("response_id", event.responseId());
            json.text("item_id", event.itemId());
            json.number("output_index", event.outputIndex());
            json.text("call_id", event.callId());
            json.text("delta", event.delta());
            json.end();
        }

        @Override
        public void onFunctionCallArgumentsDone(ServerEvent.FunctionCallArgumentsDone event) {
            begin("response.function_call_arguments.done");
            json.text("response_id", event.responseId());
            json.text("item_id", event.itemId());
            json.number("output_index", event.outputIndex());
            json.text("call_id", event.callId());
            json.text("name", event.name());
            json.text("arguments", event.arguments());
            json.end();
        }

        @Override
        public void onError(ServerEvent.ErrorEvent event) {
            begin("error");
            json.beginObject("error");
            json.text("type", event.type());
            json.textOrNull("code", event.code());
            json.text("message", event.message());
            json.textOrNull("param", event.param());
            json.textOrNull("event_id", event.clientEventId());
            json.end();
            json.end();
        }

        private void begin(String type) {
            json.beginObject();
            json.text("type", type);
            json.text("event_id", "event_" + sequence);
        }

        private void begin(String type, PartRef part) {
            begin(type);
            json.text("response_id", part.responseId());
            json.text("item_id", part.itemId());
            json.number("output_index", part.outputIndex());
            json.number("content_index", part.contentIndex());
        }

        private void session(String type, String sessionId, long expiresAtUnixSeconds, SessionSettings settings) {
            begin(type);
            json.field("session");
            SessionJson.write(sessionId, expiresAtUnixSeconds, settings, json);
            json.end();
        }

        private void conversationItem(String type, Item item, @Nullable String previousItemId) {
            begin(type);
            json.textOrNull("previous_item_id", previousItemId);
            json.field("item");
            ItemJson.write(item, json);
            json.end();
        }

        private void response(String type, ResponseSnapshot response) {
            begin(type);
            json.field("response");
            ResponseJson.write(response, json);
            json.end();
        }

        private void outputItem(String type, String responseId, int outputIndex, Item item) {
            begin(type);
            json.text("response_id", responseId);
            json.number("output_index", outputIndex);
            json.field("item");
            ItemJson.write(item, json);
            json.end();
        }

        /** In these two events GA kept the beta's names of the parts: {@code audio}, not {@code output_audio}. */
        private void contentPart(String type, PartRef part, ServerEvent.PartKind kind, String text) {
            begin(type, part);
            json.beginObject("part");
            switch (kind) {
                case AUDIO -> {
                    json.text("type", "audio");
                    json.text("transcript", text);
                }
                case TEXT -> {
                    json.text("type", "text");
                    json.text("text", text);
                }
            }
            json.end();
            json.end();
        }
    }
}
