package dev.antiphon.realtime;

import dev.antiphon.audio.AudioFormat;
import dev.antiphon.session.ClientCommand;
import dev.antiphon.session.ResponseContext;
import dev.antiphon.session.ResponseContext.InputItem;
import dev.antiphon.session.SessionSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code response.create}: the session's settings with the changes this one response wants, what it is an answer
 * to, and what to echo.
 *
 * <p>Threading: confined to its caller.
 */
final class ResponseCreateReader {
    private static final int MAX_METADATA_PAIRS = 16;
    private static final int MAX_METADATA_KEY_CHARS = 64;
    private static final int MAX_METADATA_VALUE_CHARS = 512;

    private final SettingsDraft draft;
    private final AudioFormat audioFormat; // of what a client sends
    private boolean isOutOfBand;
    private @Nullable List<InputItem> input; // null: the conversation
    private Map<String, String> metadata = Map.of();

    ResponseCreateReader(SessionSettings current) {
        this.draft = new SettingsDraft(current);
        this.audioFormat = current.input().format();
    }

    ClientCommand read(JsonCursor json, @Nullable String eventId) throws IOException {
        json.enterObject("event");
        while (json.nextField()) {
            if (json.isNull() || !json.field().equals("response")) json.skip();
            else readResponse(json, "response");
        }
        return new ClientCommand.ResponseCreate(
                eventId, draft.settings(), metadata, new ResponseContext(isOutOfBand, input));
    }

    private void readResponse(JsonCursor json, String path) throws IOException {
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            String field = json.field();
            String fieldPath = path + "." + field;
            switch (field) {
                case "conversation" -> isOutOfBand = readConversation(json, fieldPath);
                case "input" -> input = readInput(json, fieldPath);
                case "metadata" -> metadata = readMetadata(json, fieldPath);
                default -> draft.readResponseField(json, field, fieldPath);
            }
        }
    }

    private static boolean readConversation(JsonCursor json, String path) throws IOException {
        String conversation = json.text(path);
        return switch (conversation) {
            case "auto" -> false;
            case "none" -> true;
            default -> throw Faults.unsupportedValue(path, conversation, "auto", "none");
        };
    }

    private List<InputItem> readInput(JsonCursor json, String path) throws IOException {
        List<InputItem> items = new ArrayList<>();
        json.enterArray(path);
        while (json.nextElement()) {
            items.add(ItemReader.readInput(json, path + "[" + items.size() + "]", audioFormat));
        }
        return items;
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
}
