package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.server.rest.chat.CompletionRequest.Delivery;
import dev.antiphon.server.rest.chat.CompletionRequest.Options;
import dev.antiphon.server.rest.chat.CompletionRequest.Sound;
import dev.antiphon.server.rest.sound.SoundFormat;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ToolChoice;
import dev.antiphon.upstream.ToolDefinition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of {@code POST /v1/chat/completions}, the sound already taken out of it. What we know is checked, what we
 * cannot answer is refused by its name, and everything else is passed on.
 *
 * <p>Threading: confined to its caller; made for one request.
 */
final class CompletionReader {
    private static final int MAX_MODEL_CHARS = 256;

    private @Nullable String model;
    private @Nullable MessageDrafts messages;
    private List<String> modalities = List.of("text");
    private @Nullable Sound sound;
    private List<ToolDefinition> tools = List.of();
    private ToolChoice toolChoice = ToolChoice.AUTO;
    private @Nullable Boolean parallelCalls;
    private @Nullable Integer maxCompletionTokens;
    private @Nullable Integer maxTokens; // the older name of the same
    private @Nullable Double temperature;
    private boolean isStreamed;
    private boolean includesUsage;
    private final Map<String, String> extras = new LinkedHashMap<>();

    private CompletionReader() {}

    /**
     * @param json UTF-8; lent, its indices stay
     * @throws ClientFault naming the field at fault
     */
    static CompletionRequest read(ByteBuf json) {
        CompletionReader reader = new CompletionReader();
        try (InputStream bytes = new ByteBufInputStream(json.duplicate());
                JsonParser parser = JsonValues.FACTORY.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) throw Faults.invalidJson();
            for (String field; (field = JsonValues.nextField(parser)) != null; ) reader.readField(parser, field);
            if (parser.nextToken() != null) throw Faults.invalidJson();
        } catch (IOException e) {
            throw Faults.invalidJson();
        }
        return reader.request();
    }

    private void readField(JsonParser json, String field) throws IOException {
        if (JsonValues.isNull(json)) return;
        switch (field) {
            case "model" -> model = JsonValues.text(json, "model");
            case "messages" -> messages = new MessageReader().read(json);
            case "modalities" -> modalities = readModalities(json);
            case "audio" -> sound = readSound(JsonValues.raw(json));
            case "tools" -> tools = ToolsReader.readTools(json);
            case "tool_choice" -> toolChoice = ToolsReader.readChoice(json);
            case "parallel_tool_calls" -> parallelCalls = JsonValues.flag(json, field);
            case "max_completion_tokens" -> maxCompletionTokens = JsonValues.count(json, field);
            case "max_tokens" -> maxTokens = JsonValues.count(json, field);
            case "temperature" -> temperature = JsonValues.number(json, field);
            case "stream" -> isStreamed = JsonValues.flag(json, field);
            case "stream_options" -> readStreamOptions(json);
            case "n" -> {
                if (JsonValues.count(json, field) > 1) {
                    throw Faults.unsupportedValue(field, "Unsupported value: 'n' must be 1.");
                }
            }
            case "logprobs" -> {
                if (JsonValues.flag(json, field)) throw Faults.unsupportedParameter(field);
            }
            case "top_logprobs", "functions", "function_call" -> throw Faults.unsupportedParameter(field);
            default -> extras.put(field, JsonValues.raw(json));
        }
    }

    private static List<String> readModalities(JsonParser json) throws IOException {
        List<String> modalities = JsonValues.texts(json, "modalities");
        for (int i = 0; i < modalities.size(); i++) {
            String modality = modalities.get(i);
            if (!modality.equals("text") && !modality.equals("audio")) {
                throw Faults.invalidValue("modalities[" + i + "]", modality, "'text' and 'audio'");
            }
        }
        if (modalities.isEmpty()) throw Faults.invalidValue("modalities", "", "'text' and 'audio'");
        return modalities;
    }

    private static Sound readSound(String audioJson) throws IOException {
        try (JsonParser json = JsonValues.FACTORY.createParser(audioJson)) {
            json.nextToken();
            JsonValues.enterObject(json, "audio");
            String voice = null;
            String format = null;
            for (String field; (field = JsonValues.nextField(json)) != null; ) {
                switch (field) {
                    case "voice" -> voice = readVoice(json);
                    case "format" -> format = JsonValues.text(json, "audio.format");
                    default -> json.skipChildren();
                }
            }
            if (voice == null) throw Faults.missing("audio.voice");
            if (format == null) throw Faults.missing("audio.format");
            SoundFormat known = SoundFormat.of(format);
            if (known == null) throw Faults.invalidValue("audio.format", format, SoundFormat.WHOLE);
            return new Sound(voice, known, audioJson);
        }
    }

    /** A name, or an object with the id of a voice of one's own. */
    private static String readVoice(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) return json.getText();
        if (json.currentToken() != JsonToken.START_OBJECT)
            throw Faults.wrongType("audio.voice", "a string or an object");
        String id = null;
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (field.equals("id")) id = JsonValues.text(json, "audio.voice.id");
            else json.skipChildren();
        }
        if (id == null) throw Faults.missing("audio.voice.id");
        return id;
    }

    private void readStreamOptions(JsonParser json) throws IOException {
        JsonValues.enterObject(json, "stream_options");
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            if (field.equals("include_usage") && !JsonValues.isNull(json)) {
                includesUsage = JsonValues.flag(json, "stream_options.include_usage");
            } else {
                json.skipChildren();
            }
        }
    }

    private CompletionRequest request() {
        if (model == null || model.isEmpty()) throw Faults.missing("model");
        if (model.length() > MAX_MODEL_CHARS) {
            throw Faults.invalidValue("model", model, "names of at most " + MAX_MODEL_CHARS + " characters");
        }
        if (messages == null) throw Faults.missing("messages");
        String wantedTool = toolChoice.functionName();
        if (wantedTool != null && tools.stream().noneMatch(tool -> tool.name().equals(wantedTool))) {
            throw Faults.invalidValue("tool_choice.function.name", wantedTool, "the names of 'tools'");
        }
        return new CompletionRequest(
                model,
                messages,
                spoken(),
                new Options(
                        new ChatRequest.Tools(tools, toolChoice, parallelCalls),
                        new ChatRequest.Sampling(
                                maxCompletionTokens == null ? maxTokens : maxCompletionTokens, temperature)),
                new Delivery(isStreamed, includesUsage),
                Map.copyOf(extras));
    }

    private @Nullable Sound spoken() {
        if (!modalities.contains("audio")) return null;
        if (sound == null) throw Faults.missing("audio");
        if (isStreamed && !sound.format().isOurs()) {
            throw Faults.invalidValue(
                    "audio.format", sound.format().wire(), SoundFormat.STREAMED + " when stream=true");
        }
        return sound;
    }
}
