package dev.antiphon.realtime;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.antiphon.conversation.Item;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ClientFault;
import dev.antiphon.session.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Realtime protocol's client events (GA): one JSON object a text frame, to audio or a command.
 *
 * <p>Foreign JSON is read tolerantly: keys in any order, unknown ones passed over, nulls for what a client left unset.
 * Whatever cannot be understood becomes a {@link ClientFault} that carries the event's {@code event_id}, and nothing of
 * the event is handed on. It keeps nothing between two events, so one reader may serve all sessions of a thread.
 *
 * <p>Threading: confined to its caller.
 */
public final class ClientEventReader {
    /* Every event is parsed to its end first (EventHead): the type may be its last key, a fault anywhere has to name the
     * event_id, and half an event must not take effect. Audio then needs no second look: it is decoded from the bytes
     * between its quotes. All other events are few and are parsed again, by the method of their type. */

    private static final String[] TYPES = {
        "session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "output_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.truncate",
        "response.create",
        "response.cancel"
    };
    private static final int KEPT_SCRATCH_BYTES = 64 * 1024;
    private static final int MAX_METADATA_PAIRS = 16;
    private static final int MAX_METADATA_KEY_CHARS = 64;
    private static final int MAX_METADATA_VALUE_CHARS = 512;

    private final ByteBufAllocator allocator;
    private byte[] scratch = new byte[0];

    /** @param allocator of the buffers that audio is decoded into */
    public ClientEventReader(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Reads one event.
     *
     * @param text its JSON in UTF-8; lent, its indices stay
     * @param current the session's present settings, which an update changes
     * @throws ClientFault if it is none, or what {@code out} threw, with the event's id
     */
    public void read(ByteBuf text, SessionSettings current, ClientEvents out) {
        EventBytes event = bytesOf(text);
        EventHead head = new EventHead();
        try {
            head.read(event);
            dispatch(event, head, current, out);
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

    private void dispatch(EventBytes event, EventHead head, SessionSettings current, ClientEvents out)
            throws IOException {
        String id = head.eventId();
        String type = head.type();
        switch (type) {
            case "input_audio_buffer.append" -> append(event, head, out);
            case "input_audio_buffer.commit" -> out.onCommand(new ClientCommand.InputAudioCommit(id));
            case "input_audio_buffer.clear" -> out.onCommand(new ClientCommand.InputAudioClear(id));
            case "session.update" -> out.onCommand(sessionUpdate(new JsonCursor(event), id, current));
            case "conversation.item.create" -> out.onCommand(itemCreate(new JsonCursor(event), id));
            case "conversation.item.truncate" -> out.onCommand(itemTruncate(new JsonCursor(event), id));
            case "response.create" -> out.onCommand(responseCreate(new JsonCursor(event), id, current));
            case "response.cancel" -> out.onCommand(responseCancel(new JsonCursor(event), id));
            // For WebRTC: on a socket there is no audio that has left and is not yet played.
            case "output_audio_buffer.clear" -> {}
            default -> throw Faults.unsupportedValue("type", type, TYPES);
        }
    }

    private void append(EventBytes event, EventHead head, ClientEvents out) throws IOException {
        ByteBuf pcm = allocator.heapBuffer(head.audioBytesAtMost());
        try {
            head.decodeAudio(event, pcm);
            if (pcm.isReadable()) out.onAudio(pcm);
        } finally {
            pcm.release();
        }
    }

    private static ClientCommand sessionUpdate(JsonCursor json, @Nullable String eventId, SessionSettings current)
            throws IOException {
        SettingsDraft draft = null;
        json.enterObject("event");
        while (json.nextField()) {
            if (json.field().equals("session")) {
                draft = new SettingsDraft(current);
                draft.readSession(json, "session");
            } else {
                json.skip();
            }
        }
        if (draft == null) throw Faults.missing("session");
        return new ClientCommand.SessionUpdate(eventId, draft.settings());
    }

    private static ClientCommand itemCreate(JsonCursor json, @Nullable String eventId) throws IOException {
        Item item = null;
        String previousItemId = null;
        json.enterObject("event");
        while (json.nextField()) {
            switch (json.field()) {
                case "item" -> item = ItemReader.read(json, "item");
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

    private static ClientCommand responseCreate(JsonCursor json, @Nullable String eventId, SessionSettings current)
            throws IOException {
        SettingsDraft draft = new SettingsDraft(current);
        Map<String, String> metadata = Map.of();
        json.enterObject("event");
        while (json.nextField()) {
            if (json.isNull() || !json.field().equals("response")) {
                json.skip();
                continue;
            }
            json.enterObject("response");
            while (json.nextField()) {
                if (json.isNull()) continue;
                String field = json.field();
                String path = "response." + field;
                switch (field) {
                    case "conversation" -> readConversation(json, path);
                    case "input" -> throw Faults.notSupportedYet(path, "An input of its own for a response");
                    case "metadata" -> metadata = readMetadata(json, path);
                    default -> draft.readResponseField(json, field, path);
                }
            }
        }
        return new ClientCommand.ResponseCreate(eventId, draft.settings(), metadata);
    }

    private static void readConversation(JsonCursor json, String path) throws IOException {
        String conversation = json.text(path);
        if (conversation.equals("none")) throw Faults.notSupportedYet(path, "A response out of band");
        if (!conversation.equals("auto")) throw Faults.unsupportedValue(path, conversation, "auto");
    }

    private static Map<String, String> readMetadata(JsonCursor json, String path) throws IOException {
        Map<String, String> metadata = new HashMap<>();
        json.enterObject(path);
        while (json.nextField()) {
            String key = WellFormed.text(json.field());
            if (key.length() > MAX_METADATA_KEY_CHARS) {
                throw Faults.tooLong(path, MAX_METADATA_KEY_CHARS, key.length());
            }
            metadata.put(key, json.text(path + "." + key, MAX_METADATA_VALUE_CHARS));
        }
        if (metadata.size() > MAX_METADATA_PAIRS) {
            throw Faults.invalidValue(
                    path, path + ": " + metadata.size() + " pairs (expected: at most " + MAX_METADATA_PAIRS + ")");
        }
        return metadata;
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

    /** The event as an array: its own where it has one, else a copy in memory that is used again. */
    private EventBytes bytesOf(ByteBuf text) {
        int length = text.readableBytes();
        if (text.hasArray()) return new EventBytes(text.array(), text.arrayOffset() + text.readerIndex(), length);
        byte[] copy = scratch;
        if (copy.length < length) {
            copy = new byte[length];
            if (length <= KEPT_SCRATCH_BYTES) scratch = copy;
        }
        text.getBytes(text.readerIndex(), copy, 0, length);
        return new EventBytes(copy, 0, length);
    }
}
