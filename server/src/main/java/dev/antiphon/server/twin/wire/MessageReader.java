package dev.antiphon.server.twin.wire;

import static dev.antiphon.server.twin.wire.TwinRequestReader.string;
import static dev.antiphon.server.twin.wire.TwinRequestReader.wrongType;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.audio.WavFault;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The array {@code messages}, its sound decoded.
 *
 * <p>Threading: confined to its caller; made for one body.
 */
final class MessageReader {
    private final List<ChatMessage> messages = new ArrayList<>();
    private int textChars;

    List<ChatMessage> messages() {
        return messages;
    }

    /** Of everything that is charged as text. */
    int textChars() {
        return textChars;
    }

    /** @param json stands on the start of the array */
    void read(JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw wrongType("messages[" + messages.size() + "]", "an object");
            }
            messages.add(message(json, "messages[" + messages.size() + "]"));
        }
    }

    /** Each call has its answers right behind it, and each answer its call, or the provider refuses. */
    void checkToolAnswers() {
        Set<String> unanswered = new LinkedHashSet<>();
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            if (message instanceof ToolMessage tool) {
                if (unanswered.remove(tool.callId())) continue;
                throw Refusal.badRequest(
                        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with"
                                + " 'tool_calls'.",
                        "messages.[" + i + "].role",
                        null);
            }
            if (!unanswered.isEmpty()) throw dangling(i, unanswered);
            if (message instanceof AssistantMessage assistant) {
                for (ToolCall call : assistant.toolCalls()) unanswered.add(call.callId());
            }
        }
        if (!unanswered.isEmpty()) throw dangling(messages.size(), unanswered);
    }

    private static Refusal dangling(int index, Set<String> callIds) {
        return Refusal.badRequest(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
                        + " 'tool_call_id'. The following tool_call_ids did not have response messages: "
                        + String.join(", ", callIds),
                "messages.[" + index + "].role",
                null);
    }

    private ChatMessage message(JsonParser json, String param) throws IOException {
        String role = null;
        List<UserPart> parts = new ArrayList<>();
        String audioId = null;
        List<ToolCall> calls = List.of();
        String callId = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "role" -> role = string(json, param + ".role");
                case "content" -> parts = content(json, param + ".content");
                case "audio" -> audioId = audioId(json, param + ".audio");
                case "tool_calls" -> calls = toolCalls(json, param + ".tool_calls");
                case "tool_call_id" -> callId = string(json, param + ".tool_call_id");
                default -> json.skipChildren();
            }
        }
        if (role == null) throw Refusal.missingParameter(param + ".role");
        return switch (role) {
            case "system", "developer" -> new SystemMessage(text(parts));
            case "user" -> {
                if (parts.isEmpty()) throw wrongType(param + ".content", "a string or an array of objects");
                yield new UserMessage(parts);
            }
            case "assistant" -> {
                if (parts.isEmpty() && audioId == null && calls.isEmpty()) {
                    throw wrongType(param + ".content", "a string, 'audio' or 'tool_calls'");
                }
                yield new AssistantMessage(parts.isEmpty() ? null : text(parts), audioId, calls);
            }
            case "tool" -> {
                if (callId == null) throw Refusal.missingParameter(param + ".tool_call_id");
                yield new ToolMessage(callId, text(parts));
            }
            default ->
                throw Refusal.badRequest(
                        "Invalid value: '" + role
                                + "'. Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'.",
                        param + ".role",
                        "invalid_value");
        };
    }

    private List<UserPart> content(JsonParser json, String param) throws IOException {
        List<UserPart> parts = new ArrayList<>();
        switch (json.currentToken()) {
            case VALUE_NULL -> {}
            case VALUE_STRING -> parts.add(textPart(json.getText()));
            case START_ARRAY -> {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    String partParam = param + "[" + parts.size() + "]";
                    if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType(partParam, "an object");
                    parts.add(part(json, partParam));
                }
            }
            default -> throw wrongType(param, "a string or an array of objects");
        }
        return parts;
    }

    private UserPart part(JsonParser json, String param) throws IOException {
        String type = null;
        String text = null;
        UserPart other = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "type" -> type = string(json, param + ".type");
                case "text", "refusal" -> text = string(json, param + "." + field);
                case "input_audio" -> other = inputAudio(json, param + ".input_audio");
                case "image_url" -> other = image(json, param + ".image_url");
                default -> json.skipChildren();
            }
        }
        if (type == null) throw Refusal.missingParameter(param + ".type");
        return switch (type) {
            case "text", "refusal" -> {
                if (text == null) throw Refusal.missingParameter(param + "." + type);
                yield textPart(text);
            }
            case "input_audio", "image_url" -> {
                if (other == null) throw Refusal.missingParameter(param + "." + type);
                yield other;
            }
            default ->
                throw Refusal.badRequest(
                        "Invalid value: '" + type
                                + "'. Supported values are: 'text', 'image_url', 'input_audio', and 'refusal'.",
                        param + ".type",
                        "invalid_value");
        };
    }

    private static UserPart inputAudio(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType(param, "an object");
        String data = null;
        String format = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "data" -> data = string(json, param + ".data");
                case "format" -> format = string(json, param + ".format");
                default -> json.skipChildren();
            }
        }
        if (data == null) throw Refusal.missingParameter(param + ".data");
        if (format == null) throw Refusal.missingParameter(param + ".format");
        return switch (format) {
            case "wav" -> new AudioPart(wav(data));
            case "mp3" ->
                throw Refusal.badRequest(
                        "This model does not support the format you provided. The embedded model cannot decode 'mp3';"
                                + " send 'wav'.",
                        "messages",
                        "unsupported_format");
            default ->
                throw Refusal.badRequest(
                        "Invalid value: '" + format + "'. Supported values are: 'wav' and 'mp3'.",
                        param + ".format",
                        "invalid_value");
        };
    }

    private static AudioClip wav(String base64) {
        try {
            return Wav.read(Base64.getDecoder().decode(base64));
        } catch (WavFault fault) {
            throw Refusal.badRequest(
                    "The data provided for 'input_audio' is not of valid wav format: " + fault.getMessage(),
                    "messages",
                    "invalid_value");
        } catch (IllegalArgumentException notBase64) {
            throw Refusal.badRequest(
                    "The data provided for 'input_audio' is not valid base64.", "messages", "invalid_value");
        }
    }

    private static UserPart image(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType(param, "an object");
        String url = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isUrl = "url".equals(json.currentName());
            json.nextToken();
            if (isUrl) url = string(json, param + ".url");
            else json.skipChildren();
        }
        if (url == null) throw Refusal.missingParameter(param + ".url");
        return new ImagePart(url, null);
    }

    private static @Nullable String audioId(JsonParser json, String param) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) return null;
        if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType(param, "an object");
        String id = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isId = "id".equals(json.currentName());
            json.nextToken();
            if (isId) id = string(json, param + ".id");
            else json.skipChildren();
        }
        if (id == null) throw Refusal.missingParameter(param + ".id");
        return id;
    }

    private List<ToolCall> toolCalls(JsonParser json, String param) throws IOException {
        List<ToolCall> calls = new ArrayList<>();
        if (json.currentToken() == JsonToken.VALUE_NULL) return calls;
        if (json.currentToken() != JsonToken.START_ARRAY) throw wrongType(param, "an array of objects");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String callParam = param + "[" + calls.size() + "]";
            if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType(callParam, "an object");
            calls.add(toolCall(json, callParam));
        }
        return calls;
    }

    private ToolCall toolCall(JsonParser json, String param) throws IOException {
        String id = null;
        String name = null;
        String arguments = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if ("id".equals(field)) {
                id = string(json, param + ".id");
            } else if ("function".equals(field) && value == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String inner = json.currentName();
                    json.nextToken();
                    switch (inner) {
                        case "name" -> name = string(json, param + ".function.name");
                        case "arguments" -> arguments = string(json, param + ".function.arguments");
                        default -> json.skipChildren();
                    }
                }
            } else {
                json.skipChildren();
            }
        }
        if (id == null) throw Refusal.missingParameter(param + ".id");
        if (name == null) throw Refusal.missingParameter(param + ".function.name");
        if (arguments == null) throw Refusal.missingParameter(param + ".function.arguments");
        textChars += name.length() + arguments.length();
        return new ToolCall(id, name, arguments);
    }

    private TextPart textPart(String text) {
        textChars += text.length();
        return new TextPart(text);
    }

    private static String text(List<UserPart> parts) {
        StringBuilder text = new StringBuilder();
        for (UserPart part : parts) {
            if (part instanceof TextPart words) text.append(words.text());
        }
        return text.toString();
    }
}
