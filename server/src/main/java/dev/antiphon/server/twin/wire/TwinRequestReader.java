package dev.antiphon.server.twin.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/chat/completions} to a {@link TwinRequest}, or a {@link Refusal} with the provider's words.
 *
 * <p>Threading: confined to its caller; made for one body.
 */
public final class TwinRequestReader {
    /** Bytes of a body; more is status 413. */
    public static final int MAX_BODY_BYTES = 26 * 1024 * 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_BODY_BYTES) // one part may hold all the sound of the body
                    .maxNestingDepth(64)
                    .build())
            .build();
    /** What a {@code pcm16} answer is called where it is not streamed as well. */
    private static final Set<String> FORMATS = Set.of("wav", "pcm16");

    private final Set<String> voices;
    private final MessageReader messages = new MessageReader();

    private @Nullable String model;
    private boolean hasMessages;
    private @Nullable Set<String> modalities;
    private boolean hasAudio;
    private @Nullable String voice;
    private @Nullable String format;
    private final List<ToolDefinition> tools = new ArrayList<>();
    private ToolChoice toolChoice = ToolChoice.AUTO;
    private @Nullable Boolean parallelToolCalls;
    private boolean stream;
    private boolean includeUsage;
    private boolean includeObfuscation = true;
    private int toolChars;

    /** @param voices the names that exist */
    public TwinRequestReader(Set<String> voices) {
        this.voices = voices;
    }

    /** @throws Refusal where the provider answers 400 */
    public TwinRequest read(InputStream body) {
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) throw unparsable();
            while (json.nextToken() == JsonToken.FIELD_NAME) readMember(json);
            if (json.nextToken() != null) throw unparsable();
        } catch (IOException e) {
            throw unparsable();
        }
        return request();
    }

    private void readMember(JsonParser json) throws IOException {
        String field = json.currentName();
        JsonToken value = json.nextToken();
        switch (field) {
            case "model" -> model = string(json, "model");
            case "messages" -> {
                if (value != JsonToken.START_ARRAY) throw wrongType("messages", "an array of objects");
                hasMessages = true;
                messages.read(json);
            }
            case "modalities" -> modalities = value == JsonToken.VALUE_NULL ? null : strings(json, "modalities");
            case "audio" -> readAudio(json);
            case "tools" -> readTools(json);
            case "tool_choice" -> readToolChoice(json);
            case "parallel_tool_calls" -> parallelToolCalls = value.isBoolean() ? json.getBooleanValue() : null;
            case "stream" -> stream = value == JsonToken.VALUE_TRUE;
            case "stream_options" -> readStreamOptions(json);
            default -> json.skipChildren();
        }
    }

    private void readAudio(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) return;
        hasAudio = true;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "voice" -> voice = string(json, "audio.voice");
                case "format" -> format = string(json, "audio.format");
                default -> json.skipChildren();
            }
        }
    }

    private void readTools(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        for (int index = 0; json.nextToken() != JsonToken.END_ARRAY; index++) {
            String name = null;
            String description = null;
            String parameters = null;
            if (json.currentToken() != JsonToken.START_OBJECT) throw wrongType("tools[" + index + "]", "an object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isFunction = "function".equals(json.currentName());
                if (json.nextToken() != JsonToken.START_OBJECT || !isFunction) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String field = json.currentName();
                    JsonToken value = json.nextToken();
                    switch (field) {
                        case "name" -> name = string(json, "tools[" + index + "].function.name");
                        case "description" -> description = json.getValueAsString();
                        case "parameters" -> parameters = value == JsonToken.START_OBJECT ? jsonText(json) : null;
                        default -> json.skipChildren();
                    }
                }
            }
            if (name == null) throw Refusal.missingParameter("tools[" + index + "].function.name");
            tools.add(new ToolDefinition(name, description, parameters));
            toolChars += name.length() + length(description) + length(parameters);
        }
    }

    private void readToolChoice(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            toolChoice = switch (json.getText()) {
                case "none" -> ToolChoice.NONE;
                case "auto" -> ToolChoice.AUTO;
                case "required" -> ToolChoice.REQUIRED;
                default ->
                    throw Refusal.badRequest(
                            "Invalid value: '" + json.getText()
                                    + "'. Supported values are: 'none', 'auto', and 'required'.",
                            "tool_choice",
                            "invalid_value");
            };
            return;
        }
        if (json.currentToken() != JsonToken.START_OBJECT) return;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isFunction = "function".equals(json.currentName());
            if (json.nextToken() != JsonToken.START_OBJECT || !isFunction) {
                json.skipChildren();
                continue;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isName = "name".equals(json.currentName());
                json.nextToken();
                if (isName) toolChoice = ToolChoice.function(string(json, "tool_choice.function.name"));
                else json.skipChildren();
            }
        }
    }

    private void readStreamOptions(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) return;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "include_usage" -> includeUsage = value == JsonToken.VALUE_TRUE;
                case "include_obfuscation" -> includeObfuscation = value != JsonToken.VALUE_FALSE;
                default -> json.skipChildren();
            }
        }
    }

    private TwinRequest request() {
        if (model == null) throw Refusal.badRequest("you must provide a model parameter", null, null);
        if (!hasMessages) throw Refusal.missingParameter("messages");
        if (messages.messages().isEmpty()) {
            throw Refusal.badRequest(
                    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array"
                            + " instead.",
                    "messages",
                    "empty_array");
        }
        messages.checkToolAnswers();
        TwinRequest.Sound sound = modalities != null && modalities.contains("audio") ? sound() : null;
        if (sound == null
                && isAudioModel(model)
                && messages.messages().stream().noneMatch(TwinRequestReader::isHeard)) {
            throw Refusal.badRequest(
                    "This model requires that either input content or output modality contain audio.",
                    "model",
                    "invalid_value");
        }
        if (toolChoice.functionName() != null
                && tools.stream().noneMatch(tool -> tool.name().equals(toolChoice.functionName()))) {
            throw Refusal.badRequest(
                    "Invalid value for 'tool_choice': no function named '" + toolChoice.functionName()
                            + "' was specified in the 'tools' parameter.",
                    "tool_choice",
                    null);
        }
        return new TwinRequest(
                model,
                messages.messages(),
                new ChatRequest.Tools(tools, toolChoice, parallelToolCalls),
                sound,
                new TwinRequest.Delivery(stream, includeUsage, includeObfuscation),
                TranscriptPieces.estimateTokens(messages.textChars() + toolChars));
    }

    private TwinRequest.Sound sound() {
        if (!hasAudio) throw Refusal.missingParameter("audio");
        if (voice == null) throw Refusal.missingParameter("audio.voice");
        if (!voices.contains(voice)) {
            throw Refusal.badRequest(
                    "Invalid value: '" + voice + "'. Supported values are: " + enumerate(voices) + ".",
                    "audio.voice",
                    "invalid_value");
        }
        if (format == null) throw Refusal.missingParameter("audio.format");
        if (stream && !"pcm16".equals(format)) {
            throw Refusal.badRequest(
                    "Unsupported value: 'audio.format' does not support '" + format
                            + "' when stream=true. Supported values are: 'pcm16'.",
                    "audio.format",
                    "unsupported_value");
        }
        if (!FORMATS.contains(format)) {
            throw Refusal.badRequest(
                    "Unsupported value: 'audio.format' does not support '" + format
                            + "' with this model. Supported values are: 'wav' and 'pcm16'.",
                    "audio.format",
                    "unsupported_value");
        }
        return new TwinRequest.Sound(voice, format);
    }

    /** The provider's audio models refuse to do without sound; all others are text models, which a cascade is made of. */
    private static boolean isAudioModel(String name) {
        return name.toLowerCase(Locale.ROOT).contains("audio");
    }

    /** Sound that came with the request, or is quoted by it. */
    private static boolean isHeard(ChatMessage message) {
        if (message instanceof ChatMessage.UserMessage user) {
            return user.parts().stream().anyMatch(ChatMessage.AudioPart.class::isInstance);
        }
        return message instanceof ChatMessage.AssistantMessage assistant && assistant.audioId() != null;
    }

    static String enumerate(Set<String> values) {
        List<String> quoted = values.stream().map(value -> "'" + value + "'").toList();
        return quoted.subList(0, quoted.size() - 1).stream().collect(Collectors.joining(", ")) + ", and "
                + quoted.get(quoted.size() - 1);
    }

    static String string(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) throw wrongType(param, "a string");
        return json.getText();
    }

    static Refusal wrongType(String param, String expected) {
        return Refusal.badRequest(
                "Invalid type for '" + param + "': expected " + expected + ".", param, "invalid_type");
    }

    private static Set<String> strings(JsonParser json, String param) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) throw wrongType(param, "an array of strings");
        List<String> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) values.add(string(json, param));
        return Set.copyOf(values);
    }

    /** The value the parser stands on, passed on as it came. */
    private static String jsonText(JsonParser json) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator copy = JSON.createGenerator(text)) {
            copy.copyCurrentStructure(json);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return text.toString();
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    static Refusal unparsable() {
        return Refusal.badRequest(
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
                        + " library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid"
                        + " JSON. If you have trouble figuring out how to fix this, please contact us through our help"
                        + " center at help.openai.com.)",
                null,
                null);
    }
}
