package dev.antiphon.realtime;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Realtime protocol's client events, of both dialects: one JSON object a text frame, to audio or a command.
 *
 * <p>Foreign JSON is read tolerantly: keys in any order, unknown ones passed over, nulls for what a client left unset.
 * Whatever cannot be understood becomes a {@link ClientFault} that carries the event's {@code event_id}, and nothing of
 * the event is handed on. One reader belongs to one connection: it knows the dialect the client speaks.
 *
 * <p>Threading: confined to its caller.
 */
public final class ClientEventReader {
    /* Nearly every event is audio in the same envelope as the last: AppendEnvelope proves that and nothing is parsed.
     *
     * Every other event is parsed to its end first (EventHead): the type may be its last key, a fault anywhere has to name
     * the event_id, and half an event must not take effect. Audio then needs no second look: it is decoded from the bytes
     * between its quotes. All other events are few and are parsed again, by the method of their type. ADR 0016.
     *
     * The dialects name their events alike, but for one, and their settings by keys that never contradict each other.
     * So one reader reads both; the dialect decides only whether a session object must say its type. */

    private static final String[] TYPES = {
        "session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "output_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.retrieve",
        "conversation.item.truncate",
        "conversation.item.delete",
        "transcription_session.update",
        "response.create",
        "response.cancel"
    };
    private static final int KEPT_SCRATCH_BYTES = 64 * 1024;
    private static final int FIRST_AUDIO_BYTES = 4 * 1024;

    /** The memory that audio is decoded into: a thread's own, so that it stays in the nearest cache. */
    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private final AppendEnvelope envelope = new AppendEnvelope();
    private Dialect dialect;
    private boolean isDialectSure; // the first session update has come

    /**
     * @param dialect what the client's handshake says it speaks; its first {@code session.update} may show that {@link
     *     Dialect#GA} was said for want of saying anything
     */
    public ClientEventReader(Dialect dialect) {
        this.dialect = dialect;
        this.isDialectSure = dialect == Dialect.BETA;
    }

    /**
     * Reads one event.
     *
     * @param text its JSON in UTF-8; lent, its indices stay
     * @param current the session's present settings, which an update changes
     * @throws ClientFault if it is none, or what {@code out} threw, with the event's id
     */
    public void read(ByteBuf text, SessionSettings current, ClientEvents out) {
        Scratch scratch = SCRATCH.get();
        int length = text.readableBytes();
        byte[] bytes = text.hasArray() ? text.array() : scratch.copyOf(text);
        int offset = text.hasArray() ? text.arrayOffset() + text.readerIndex() : 0;
        AudioFormat format = current.input().format();
        if (envelope.matches(bytes, offset, length) && appendAgain(bytes, format, out, scratch)) return;
        EventBytes event = new EventBytes(bytes, offset, length);
        EventHead head = new EventHead();
        try {
            head.read(event);
            dispatch(event, head, current, out, scratch);
        } catch (StreamConstraintsException e) {
            throw Faults.invalidJson("The event is beyond what is read of JSON: nesting of " + EventBytes.MAX_NESTING
                            + ", strings of " + EventBytes.MAX_STRING_CHARS + " characters.")
                    .withEventId(head.eventId());
        } catch (IOException e) {
            throw Faults.invalidJson("The event is not valid JSON.").withEventId(head.eventId());
        } catch (ClientFault fault) {
            throw fault.eventId() == null ? fault.withEventId(head.eventId()) : fault;
        }
    }

    private void dispatch(EventBytes event, EventHead head, SessionSettings current, ClientEvents out, Scratch scratch)
            throws IOException {
        String id = head.eventId();
        String type = head.type();
        switch (type) {
            case "input_audio_buffer.append" ->
                append(event, head, current.input().format(), out, scratch);
            case "input_audio_buffer.commit" -> out.onCommand(new ClientCommand.InputAudioCommit(id));
            case "input_audio_buffer.clear" -> out.onCommand(new ClientCommand.InputAudioClear(id));
            case "session.update" -> {
                settleDialect(DialectClues.pointToBeta(new JsonCursor(event)), out);
                String impliedType = dialect == Dialect.BETA ? typeOf(current) : null;
                out.onCommand(sessionUpdate(new JsonCursor(event), id, current, impliedType));
            }
            case "transcription_session.update" -> {
                settleDialect(true, out);
                out.onCommand(sessionUpdate(new JsonCursor(event), id, current, "transcription"));
            }
            case "conversation.item.create" -> out.onCommand(itemCreate(new JsonCursor(event), id, current));
            case "conversation.item.retrieve" ->
                out.onCommand(new ClientCommand.ItemRetrieve(id, itemId(new JsonCursor(event))));
            case "conversation.item.delete" ->
                out.onCommand(new ClientCommand.ItemDelete(id, itemId(new JsonCursor(event))));
            case "conversation.item.truncate" -> out.onCommand(itemTruncate(new JsonCursor(event), id));
            case "response.create" -> out.onCommand(new ResponseCreateReader(current).read(new JsonCursor(event), id));
            case "response.cancel" -> out.onCommand(responseCancel(new JsonCursor(event), id));
            // For WebRTC: on a socket there is no audio that has left and is not yet played.
            case "output_audio_buffer.clear" -> {}
            default -> throw Faults.unsupportedValue("type", type, TYPES);
        }
    }

    /** Beta servers and clients never spoke of types, GA ones always do: only the first update can show the mistake. */
    private void settleDialect(boolean isBeta, ClientEvents out) {
        if (isDialectSure) return;
        isDialectSure = true;
        if (!isBeta) return;
        dialect = Dialect.BETA;
        out.onDialect(dialect);
    }

    private static String typeOf(SessionSettings current) {
        return current.output().modality() == SessionSettings.Modality.NONE ? "transcription" : "realtime";
    }

    private void append(EventBytes event, EventHead head, AudioFormat format, ClientEvents out, Scratch scratch)
            throws IOException {
        ByteBuf audio = scratch.takeAudio();
        try {
            head.decodeAudio(event, format, audio, envelope);
            if (audio.isReadable()) out.onAudio(audio);
        } finally {
            scratch.putBack(audio);
        }
    }

    /** @return false: it is not that; nothing was handed on */
    private boolean appendAgain(byte[] bytes, AudioFormat format, ClientEvents out, Scratch scratch) {
        int from = envelope.audioFrom();
        ByteBuf audio = scratch.takeAudio();
        try {
            if (!Base64Pcm.decode(bytes, from, envelope.audioTo() - from, audio)) return false;
            if (audio.readableBytes() % format.bytesPerSample() != 0) return false;
            if (audio.isReadable()) out.onAudio(audio);
            return true;
        } catch (ClientFault fault) {
            throw fault.eventId() == null ? fault.withEventId(envelope.eventId(bytes)) : fault;
        } finally {
            scratch.putBack(audio);
        }
    }

    /** @param impliedType the {@code type} of a session that has none; null: it must have one */
    private static ClientCommand sessionUpdate(
            JsonCursor json, @Nullable String eventId, SessionSettings current, @Nullable String impliedType)
            throws IOException {
        SettingsDraft draft = null;
        json.enterObject("event");
        while (json.nextField()) {
            if (json.field().equals("session")) {
                draft = new SettingsDraft(current);
                draft.readSession(json, "session", impliedType);
            } else {
                json.skip();
            }
        }
        if (draft == null) throw Faults.missing("session");
        return new ClientCommand.SessionUpdate(eventId, draft.settings());
    }

    private static ClientCommand itemCreate(JsonCursor json, @Nullable String eventId, SessionSettings current)
            throws IOException {
        Item item = null;
        String previousItemId = null;
        json.enterObject("event");
        while (json.nextField()) {
            switch (json.field()) {
                case "item" ->
                    item = ItemReader.read(json, "item", current.input().format());
                case "previous_item_id" -> {
                    String text = json.isNull() ? "" : json.text("previous_item_id", ItemReader.MAX_ID_CHARS);
                    previousItemId = text.isEmpty() ? null : text;
                }
                default -> json.skip();
            }
        }
        if (item == null) throw Faults.missing("item");
        return new ClientCommand.ItemCreate(eventId, item, previousItemId);
    }

    private static String itemId(JsonCursor json) throws IOException {
        String itemId = null;
        json.enterObject("event");
        while (json.nextField()) {
            if (json.field().equals("item_id") && !json.isNull()) {
                itemId = json.text("item_id", ItemReader.MAX_ID_CHARS);
            } else {
                json.skip();
            }
        }
        if (itemId == null) throw Faults.missing("item_id");
        return itemId;
    }

    private static ClientCommand itemTruncate(JsonCursor json, @Nullable String eventId) throws IOException {
        String itemId = null;
        Integer contentIndex = null;
        Integer audioEndMillis = null;
        json.enterObject("event");
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "item_id" -> itemId = json.text("item_id", ItemReader.MAX_ID_CHARS);
                case "content_index" -> contentIndex = json.integer("content_index", 0, Integer.MAX_VALUE);
                case "audio_end_ms" -> audioEndMillis = json.integer("audio_end_ms", 0, Integer.MAX_VALUE);
                default -> json.skip();
            }
        }
        if (itemId == null) throw Faults.missing("item_id");
        if (contentIndex == null) throw Faults.missing("content_index");
        if (audioEndMillis == null) throw Faults.missing("audio_end_ms");
        return new ClientCommand.ItemTruncate(eventId, itemId, contentIndex, audioEndMillis);
    }

    private static ClientCommand responseCancel(JsonCursor json, @Nullable String eventId) throws IOException {
        String responseId = null;
        json.enterObject("event");
        while (json.nextField()) {
            if (json.field().equals("response_id") && !json.isNull()) {
                responseId = json.text("response_id", ItemReader.MAX_ID_CHARS);
            } else {
                json.skip();
            }
        }
        return new ClientCommand.ResponseCancel(eventId, responseId);
    }

    /** Memory that is used again: of one thread, for all the readers on it. */
    private static final class Scratch {
        private byte[] text = {};
        private @Nullable ByteBuf audio = Unpooled.buffer(FIRST_AUDIO_BYTES); // null: taken

        byte[] copyOf(ByteBuf event) {
            int length = event.readableBytes();
            byte[] copy = text;
            if (copy.length < length) {
                copy = new byte[length];
                if (length <= KEPT_SCRATCH_BYTES) text = copy;
            }
            event.getBytes(event.readerIndex(), copy, 0, length);
            return copy;
        }

        /** @return empty; given, to be put back */
        ByteBuf takeAudio() {
            ByteBuf taken = audio;
            audio = null;
            return taken == null ? Unpooled.buffer(FIRST_AUDIO_BYTES) : taken.clear();
        }

        /** @param used taken; who was lent it may have kept it, or a slice of it */
        void putBack(ByteBuf used) {
            if (used.refCnt() == 1 && used.capacity() <= KEPT_SCRATCH_BYTES) audio = used;
            else used.release();
        }
    }
}
