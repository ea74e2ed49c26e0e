package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.server.rest.chat.MessageDrafts.Place;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code messages}. What the provider must judge is left to it: which tool answers which call, which audio id lives.
 *
 * <p>Threading: confined to its caller; made for one request.
 */
final class MessageReader {
    private static final String ROLES = "'system', 'developer', 'user', 'assistant', and 'tool'";
    private static final String USER_PARTS = "'text', 'input_audio', and 'image_url'";
    private static final String WRITTEN_PARTS = "'text' and 'refusal'";

    private final MessageDrafts drafts = new MessageDrafts();

    /** @param json at the value of {@code messages} */
    MessageDrafts read(JsonParser json) throws IOException {
        JsonValues.enterArray(json, "messages", "objects");
        while (json.nextToken() != JsonToken.END_ARRAY) readMessage(json, "messages[" + drafts.size() + "]");
        if (drafts.size() == 0) {
            throw Faults.of(
                    "empty_array",
                    "Invalid 'messages': empty array. Expected an array with minimum length 1.",
                    "messages");
        }
        return drafts;
    }

    /** What is known of a message before its role is. */
    private static final class Fields {
        private @Nullable String role;
        private final List<UserPart> parts = new ArrayList<>();
        private final List<Place> places = new ArrayList<>();
        private @Nullable String audioId;
        private final List<ToolCall> calls = new ArrayList<>();
        private @Nullable String callId;

        @Nullable
        String words() {
            if (parts.isEmpty()) return null;
            StringBuilder words = new StringBuilder();
            for (UserPart part : parts) if (part instanceof TextPart text) words.append(text.text());
            return words.toString();
        }
    }

    private void readMessage(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        Fields fields = new Fields();
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (JsonValues.isNull(json)) continue;
            switch (field) {
                case "role" -> fields.role = JsonValues.text(json, param + ".role");
                case "content" -> readContent(json, param + ".content", fields);
                case "refusal" -> fields.parts.add(new TextPart(JsonValues.text(json, param + ".refusal")));
                case "audio" -> fields.audioId = readAudioId(json, param + ".audio");
                case "tool_calls" -> readToolCalls(json, param + ".tool_calls", fields.calls);
                case "tool_call_id" -> fields.callId = JsonValues.text(json, param + ".tool_call_id");
                case "function_call" -> throw Faults.unsupportedParameter(param + ".function_call");
                default -> json.skipChildren();
            }
        }
        if (fields.role == null) throw Faults.missing(param + ".role");
        add(fields.role, fields, param);
    }

    private void add(String role, Fields fields, String param) {
        if (!role.equals("user")) requireWritten(fields, param);
        String words = fields.words();
        switch (role) {
            case "system", "developer" -> {
                if (words == null) throw Faults.missing(param + ".content");
                drafts.add(() -> new SystemMessage(words));
            }
            case "user" -> {
                if (fields.parts.isEmpty()) throw Faults.missing(param + ".content");
                for (Place place : fields.places) drafts.addPlace(place);
                drafts.add(() -> new UserMessage(fields.parts));
            }
            case "assistant" -> {
                if (words == null && fields.audioId == null && fields.calls.isEmpty()) {
                    throw Faults.missing(param + ".content");
                }
                AssistantMessage message = new AssistantMessage(words, fields.audioId, fields.calls);
                drafts.add(() -> message);
            }
            case "tool" -> {
                if (fields.callId == null) throw Faults.missing(param + ".tool_call_id");
                if (words == null) throw Faults.missing(param + ".content");
                ToolMessage message = new ToolMessage(fields.callId, words);
                drafts.add(() -> message);
            }
            default -> throw Faults.invalidValue(param + ".role", role, ROLES);
        }
    }

    private static void requireWritten(Fields fields, String param) {
        for (Place place : fields.places) throw notWritten(place.index(), "input_audio", param);
        for (int i = 0; i < fields.parts.size(); i++) {
            if (fields.parts.get(i) instanceof ImagePart) throw notWritten(i, "image_url", param);
        }
    }

    private static ClientFault notWritten(int index, String type, String param) {
        return Faults.invalidValue(param + ".content[" + index + "].type", type, WRITTEN_PARTS);
    }

    private static void readContent(JsonParser json, String param, Fields fields) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            fields.parts.add(new TextPart(json.getText()));
            return;
        }
        if (json.currentToken() != JsonToken.START_ARRAY)
            throw Faults.wrongType(param, "a string or an array of objects");
        while (json.nextToken() != JsonToken.END_ARRAY) readPart(json, param + "[" + fields.parts.size() + "]", fields);
    }

    private static void readPart(JsonParser json, String param, Fields fields) throws IOException {
        JsonValues.enterObject(json, param);
        String type = null;
        String text = null;
        ImagePart image = null;
        Place place = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (JsonValues.isNull(json)) continue;
            switch (field) {
                case "type" -> type = JsonValues.text(json, param + ".type");
                case "text", "refusal" -> text = JsonValues.text(json, param + "." + field);
                case "image_url" -> image = readImage(json, param + ".image_url");
                case "input_audio" -> place = readSound(json, param + ".input_audio", fields.parts);
                default -> json.skipChildren();
            }
        }
        if (type == null) throw Faults.missing(param + ".type");
        switch (type) {
            case "text", "refusal" -> fields.parts.add(new TextPart(present(text, param, type)));
            case "image_url" -> fields.parts.add(present(image, param, type));
            case "input_audio" -> {
                fields.places.add(present(place, param, type));
                fields.parts.add(MessageDrafts.PLACE);
            }
            default -> throw Faults.invalidValue(param + ".type", type, USER_PARTS);
        }
    }

    private static <T> T present(@Nullable T value, String param, String field) {
        if (value == null) throw Faults.missing(param + "." + field);
        return value;
    }

    private static ImagePart readImage(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        String url = null;
        String detail = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (JsonValues.isNull(json)) continue;
            switch (field) {
                case "url" -> url = JsonValues.text(json, param + ".url");
                case "detail" -> detail = JsonValues.text(json, param + ".detail");
                default -> json.skipChildren();
            }
        }
        if (url == null) throw Faults.missing(param + ".url");
        return new ImagePart(url, detail);
    }

    private static Place readSound(JsonParser json, String param, List<UserPart> parts) throws IOException {
        JsonValues.enterObject(json, param);
        String number = null;
        String format = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (JsonValues.isNull(json)) continue;
            switch (field) {
                case "data" -> number = JsonValues.text(json, param + ".data");
                case "format" -> format = JsonValues.text(json, param + ".format");
                default -> json.skipChildren();
            }
        }
        if (number == null) throw Faults.missing(param + ".data");
        if (format == null) throw Faults.missing(param + ".format");
        return new Place(parts, parts.size(), numberOf(number), format, param);
    }

    /** Negative: it is none, because the key was written in a way that the sieve does not know. */
    private static int numberOf(String text) {
        boolean isNumber = !text.isEmpty() && text.length() < 7 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? Integer.parseInt(text) : -1;
    }

    private static String readAudioId(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        String id = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (field.equals("id") && !JsonValues.isNull(json)) id = JsonValues.text(json, param + ".id");
            else json.skipChildren();
        }
        if (id == null) throw Faults.missing(param + ".id");
        return id;
    }

    private static void readToolCalls(JsonParser json, String param, List<ToolCall> calls) throws IOException {
        JsonValues.enterArray(json, param, "objects");
        while (json.nextToken() != JsonToken.END_ARRAY) calls.add(readToolCall(json, param + "[" + calls.size() + "]"));
    }

    private static ToolCall readToolCall(JsonParser json, String param) throws IOException {
        JsonValues.enterObject(json, param);
        String id = null;
        String name = null;
        String arguments = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            switch (field) {
                case "id" -> id = JsonValues.text(json, param + ".id");
                case "type" -> requireFunction(json, param + ".type");
                case "function" -> {
                    JsonValues.enterObject(json, param + ".function");
                    for (String inner; (inner = JsonValues.nextField(json)) != null; ) {
                        switch (inner) {
                            case "name" -> name = JsonValues.text(json, param + ".function.name");
                            case "arguments" -> arguments = JsonValues.text(json, param + ".function.arguments");
                            default -> json.skipChildren();
                        }
                    }
                }
                default -> json.skipChildren();
            }
        }
        return new ToolCall(
                present(id, param, "id"),
                present(name, param, "function.name"),
                present(arguments, param, "function.arguments"));
    }

    static void requireFunction(JsonParser json, String param) throws IOException {
        String type = JsonValues.text(json, param);
        if (!type.equals("function")) throw Faults.invalidValue(param, type, "'function'");
    }
}
