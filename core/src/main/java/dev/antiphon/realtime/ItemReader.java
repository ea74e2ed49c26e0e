package dev.antiphon.realtime;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.ResponseContext;
import dev.antiphon.session.ResponseContext.InputItem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code item} of {@code conversation.item.create} and the elements of {@code response.input}. Which fields an
 * item and its parts must have depends on types that may stand behind them, so everything is read first and judged then.
 */
final class ItemReader {
    static final int MAX_ID_CHARS = 512;

    private static final int MAX_NAME_CHARS = 256;
    private static final int MAX_PARTS = 1024;

    private ItemReader() {}

    /** @param format of the audio in it */
    static Item read(JsonCursor json, String path, AudioFormat format) throws IOException {
        Item item = readFields(json, path, format).toItem(path);
        if (WireSize.of(item) > WireSize.MAX_ECHO_BYTES) {
            throw Faults.tooLarge(path, WireSize.MAX_ECHO_BYTES, WireSize.of(item));
        }
        return item;
    }

    /** An item, or an {@code item_reference}. */
    static InputItem readInput(JsonCursor json, String path, AudioFormat format) throws IOException {
        Fields item = readFields(json, path, format);
        if ("item_reference".equals(item.type)) {
            return new ResponseContext.ItemReference(require(item.id, path + ".id"));
        }
        return new ResponseContext.NewItem(item.toItem(path));
    }

    private static Fields readFields(JsonCursor json, String path, AudioFormat format) throws IOException {
        Fields item = new Fields();
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "id" -> item.id = json.text(path + ".id", MAX_ID_CHARS);
                case "type" -> item.type = json.text(path + ".type");
                case "role" -> item.role = json.text(path + ".role");
                case "call_id" -> item.callId = json.text(path + ".call_id", MAX_ID_CHARS);
                case "name" -> item.name = json.text(path + ".name", MAX_NAME_CHARS);
                case "arguments" -> item.arguments = json.text(path + ".arguments");
                case "output" -> item.output = json.text(path + ".output");
                case "content" -> item.content = readContent(json, path + ".content", format);
                default -> json.skip();
            }
        }
        return item;
    }

    private static List<PartFields> readContent(JsonCursor json, String path, AudioFormat format) throws IOException {
        List<PartFields> content = new ArrayList<>();
        json.enterArray(path);
        while (json.nextElement()) {
            if (content.size() == MAX_PARTS) {
                throw Faults.invalidValue(path, path + ": too many parts (expected: at most " + MAX_PARTS + ")");
            }
            content.add(readPart(json, path + "[" + content.size() + "]", format));
        }
        return content;
    }

    private static PartFields readPart(JsonCursor json, String path, AudioFormat format) throws IOException {
        PartFields part = new PartFields();
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> part.type = json.text(path + ".type");
                case "text" -> part.text = json.text(path + ".text");
                case "transcript" -> part.transcript = json.text(path + ".transcript");
                case "image_url" -> part.imageUrl = json.text(path + ".image_url");
                case "detail" -> part.detail = readDetail(json, path + ".detail");
                case "audio" -> part.audio = json.clip(path + ".audio", format);
                default -> json.skip();
            }
        }
        return part;
    }

    private static String readDetail(JsonCursor json, String path) throws IOException {
        String detail = json.text(path);
        return switch (detail) {
            case "auto", "low", "high" -> detail;
            default -> throw Faults.unsupportedValue(path, detail, "auto", "low", "high");
        };
    }

    /** What an item said of itself; null: nothing. */
    private static final class Fields {
        @Nullable
        String id;

        @Nullable
        String type;

        @Nullable
        String role;

        @Nullable
        String callId;

        @Nullable
        String name;

        @Nullable
        String arguments;

        @Nullable
        String output;

        @Nullable
        List<PartFields> content;

        Item toItem(String path) {
            String itemId = id == null ? "" : id;
            String itemType = require(type, path + ".type");
            return switch (itemType) {
                case "message" -> toMessage(itemId, path);
                case "function_call" ->
                    new Item.FunctionCall(
                            itemId,
                            ItemStatus.COMPLETED,
                            callId == null ? "" : callId,
                            require(name, path + ".name"),
                            require(arguments, path + ".arguments"));
                case "function_call_output" ->
                    new Item.FunctionCallOutput(
                            itemId,
                            ItemStatus.COMPLETED,
                            require(callId, path + ".call_id"),
                            require(output, path + ".output"));
                default ->
                    throw Faults.unsupportedValue(
                            path + ".type", itemType, "message", "function_call", "function_call_output");
            };
        }

        private Item.Message toMessage(String itemId, String path) {
            String roleName = require(role, path + ".role");
            Item.Role itemRole = switch (roleName) {
                case "user" -> Item.Role.USER;
                case "system" -> Item.Role.SYSTEM;
                case "assistant" -> Item.Role.ASSISTANT;
                default -> throw Faults.unsupportedValue(path + ".role", roleName, "user", "system", "assistant");
            };
            List<PartFields> parts = require(content, path + ".content");
            List<ContentPart> read = new ArrayList<>(parts.size());
            for (PartFields part : parts) read.add(part.toPart(itemRole, path + ".content[" + read.size() + "]"));
            return new Item.Message(itemId, ItemStatus.COMPLETED, itemRole, read);
        }
    }

    /** What a content part said of itself; null: nothing. */
    private static final class PartFields {
        @Nullable
        String type;

        @Nullable
        String text;

        @Nullable
        String transcript;

        @Nullable
        String imageUrl;

        @Nullable
        String detail;

        @Nullable
        AudioClip audio;

        ContentPart toPart(Item.Role role, String path) {
            String partType = require(type, path + ".type");
            return switch (role) {
                case USER -> toUserPart(partType, path);
                case SYSTEM -> {
                    if (!partType.equals("input_text")) {
                        throw Faults.unsupportedValue(path + ".type", partType, "input_text");
                    }
                    yield new ContentPart.InputText(require(text, path + ".text"));
                }
                // "text" is the name the beta gave it. Speech of the assistant cannot be created by a client.
                case ASSISTANT -> {
                    if (!partType.equals("output_text") && !partType.equals("text")) {
                        throw Faults.unsupportedValue(path + ".type", partType, "output_text");
                    }
                    yield new ContentPart.OutputText(require(text, path + ".text"));
                }
            };
        }

        private ContentPart toUserPart(String partType, String path) {
            return switch (partType) {
                case "input_text" -> new ContentPart.InputText(require(text, path + ".text"));
                case "input_audio" -> new ContentPart.InputAudio(require(audio, path + ".audio"), transcript);
                case "input_image" -> new ContentPart.InputImage(require(imageUrl, path + ".image_url"), detail);
                default ->
                    throw Faults.unsupportedValue(path + ".type", partType, "input_text", "input_audio", "input_image");
            };
        }
    }

    private static <T> T require(@Nullable T value, String path) {
        if (value == null) throw Faults.missing(path);
        return value;
    }
}
