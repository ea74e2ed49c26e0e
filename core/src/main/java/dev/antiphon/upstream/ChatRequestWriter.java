package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.audio.AudioClip;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ChatRequest} to the JSON body of {@code POST …/chat/completions}.
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class ChatRequestWriter {
    private static final char REPLACEMENT = '\uFFFD';

    private final Dialect dialect;

    /** In the dialect of OpenAI. */
    public ChatRequestWriter() {
        this(Dialect.OPENAI);
    }

    public ChatRequestWriter(Dialect dialect) {
        this.dialect = dialect;
    }

    /**
     * @param out lent; the body is appended
     * @throws IllegalArgumentException if a tool's parameters are not a JSON object; {@code out} is of no use then
     */
    public void write(ChatRequest request, ByteBuf out) {
        BufferJson json = BufferJson.open(out);
        try {
            new Body(json.generator(), out, dialect).write(request);
            json.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a buffer has no disk that could be full
        }
    }

    /** One body while it is being written. */
    private record Body(JsonGenerator json, ByteBuf out, Dialect dialect) {

        void write(ChatRequest request) throws IOException {
            json.writeStartObject();
            writeText("model", request.model());
            if (request.speech() != null) writeSpeech(request.speech());
            json.writeBooleanField("stream", true);
            json.writeObjectFieldStart("stream_options");
            json.writeBooleanField("include_usage", true);
            json.writeEndObject();
            writeSampling(request.sampling());
            if (!request.tools().offered().isEmpty()) writeTools(request.tools());
            writeExtras(request.extras());
            writeMessages(request);
            json.writeEndObject();
        }

        private void writeExtras(Map<String, String> extras) throws IOException {
            for (Map.Entry<String, String> extra : extras.entrySet()) {
                json.writeFieldName(extra.getKey());
                json.writeRawValue(extra.getValue());
            }
        }

        private void writeSpeech(ChatRequest.Speech speech) throws IOException {
            json.writeArrayFieldStart("modalities");
            json.writeString("text");
            json.writeString("audio");
            json.writeEndArray();
            json.writeObjectFieldStart("audio");
            writeText("voice", speech.voice());
            json.writeStringField("format", dialect.request().streamAudioFormat());
            json.writeEndObject();
        }

        private void writeSampling(ChatRequest.Sampling sampling) throws IOException {
            if (sampling.maxCompletionTokens() != null) {
                json.writeNumberField(dialect.request().maxTokensField(), sampling.maxCompletionTokens());
            }
            if (sampling.temperature() != null) json.writeNumberField("temperature", sampling.temperature());
        }

        private void writeTools(ChatRequest.Tools tools) throws IOException {
            json.writeArrayFieldStart("tools");
            for (ToolDefinition tool : tools.offered()) writeTool(tool);
            json.writeEndArray();
            json.writeFieldName("tool_choice");
            writeToolChoice(tools.choice());
            if (tools.parallelCalls() != null) json.writeBooleanField("parallel_tool_calls", tools.parallelCalls());
        }

        private void writeTool(ToolDefinition tool) throws IOException {
            json.writeStartObject();
            json.writeStringField("type", "function");
            json.writeObjectFieldStart("function");
            writeText("name", tool.name());
            if (tool.description() != null) writeText("description", tool.description());
            if (tool.parametersJson() != null) {
                json.writeFieldName("parameters");
                copyDocument(tool.parametersJson());
            }
            json.writeEndObject();
            json.writeEndObject();
        }

        /** Through a parser, so that whatever the text is, our body stays one document. */
        private void copyDocument(String parametersJson) throws IOException {
            try (JsonParser parameters = EventJson.FACTORY.createParser(parametersJson)) {
                if (parameters.nextToken() != JsonToken.START_OBJECT) throw notOneObject();
                json.copyCurrentStructureExact(parameters);
                if (parameters.nextToken() != null) throw notOneObject();
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("parametersJson: broken JSON (expected: one object)", e);
            }
        }

        private static IllegalArgumentException notOneObject() {
            return new IllegalArgumentException("parametersJson: not an object (expected: one object)");
        }

        private void writeToolChoice(ToolChoice choice) throws IOException {
            switch (choice.mode()) {
                case AUTO -> json.writeString("auto");
                case NONE -> json.writeString("none");
                case REQUIRED -> json.writeString("required");
                case FUNCTION -> {
                    json.writeStartObject();
                    json.writeStringField("type", "function");
                    json.writeObjectFieldStart("function");
                    writeText("name", choice.functionName() == null ? "" : choice.functionName());
                    json.writeEndObject();
                    json.writeEndObject();
                }
            }
        }

        private void writeMessages(ChatRequest request) throws IOException {
            boolean isOnlySaid = request.speech() != null && dialect.request().speaksLastAssistantMessage();
            int last = request.messages().size() - 1;
            json.writeArrayFieldStart("messages");
            for (int i = 0; i <= last; i++) {
                ChatMessage message = request.messages().get(i);
                String userRole = isOnlySaid && i == last && isText(message) ? "assistant" : "user";
                writeMessage(message, isOnlySaid ? "user" : "system", userRole);
            }
            json.writeEndArray();
        }

        private static boolean isText(ChatMessage message) {
            return message instanceof ChatMessage.UserMessage user
                    && user.parts().stream().allMatch(part -> part instanceof ChatMessage.TextPart);
        }

        /**
         * @param systemRole how it is to be said is a message of the user where all the model does is say it
         * @param userRole what is to be said, then, is one of the assistant
         */
        private void writeMessage(ChatMessage message, String systemRole, String userRole) throws IOException {
            json.writeStartObject();
            if (message instanceof ChatMessage.SystemMessage system) {
                json.writeStringField("role", systemRole);
                writeText("content", system.text());
            } else if (message instanceof ChatMessage.UserMessage user) {
                json.writeStringField("role", userRole);
                writeUserContent(user.parts());
            } else if (message instanceof ChatMessage.AssistantMessage assistant) {
                json.writeStringField("role", "assistant");
                writeAssistant(assistant);
            } else if (message instanceof ChatMessage.ToolMessage tool) {
                json.writeStringField("role", "tool");
                writeText("tool_call_id", tool.callId());
                writeText("content", tool.content());
            }
            json.writeEndObject();
        }

        private void writeUserContent(List<ChatMessage.UserPart> parts) throws IOException {
            if (parts.size() == 1 && parts.get(0) instanceof ChatMessage.TextPart only) {
                writeText("content", only.text());
                return;
            }
            json.writeArrayFieldStart("content");
            for (int i = 0; i < parts.size(); i++) writePart(parts.get(i));
            json.writeEndArray();
        }

        private void writePart(ChatMessage.UserPart part) throws IOException {
            json.writeStartObject();
            if (part instanceof ChatMessage.TextPart text) {
                json.writeStringField("type", "text");
                writeText("text", text.text());
            } else if (part instanceof ChatMessage.AudioPart audio) {
                writeAudio("wav", audio.clip(), "");
            } else if (part instanceof ChatMessage.EncodedAudioPart audio) {
                writeAudio(audio.format(), null, audio.base64());
            } else if (part instanceof ChatMessage.ImagePart image) {
                json.writeStringField("type", "image_url");
                json.writeObjectFieldStart("image_url");
                writeText("url", image.url());
                if (image.detail() != null) writeText("detail", image.detail());
                json.writeEndObject();
            }
            json.writeEndObject();
        }

        /** A quoted answer needs no content; a call without a word needs {@code content:null}. */
        private void writeAssistant(ChatMessage.AssistantMessage assistant) throws IOException {
            boolean isQuoted = assistant.audioId() != null && dialect.request().quotesAudioIds();
            if (assistant.text() != null && !isQuoted) writeText("content", assistant.text());
            else if (!assistant.toolCalls().isEmpty()) json.writeNullField("content");
            if (isQuoted && assistant.audioId() != null) {
                json.writeObjectFieldStart("audio");
                writeText("id", assistant.audioId());
                json.writeEndObject();
            }
            if (assistant.toolCalls().isEmpty()) return;
            json.writeArrayFieldStart("tool_calls");
            for (ChatMessage.ToolCall call : assistant.toolCalls()) {
                json.writeStartObject();
                writeText("id", call.callId());
                json.writeStringField("type", "function");
                json.writeObjectFieldStart("function");
                writeText("name", call.name());
                writeText("arguments", call.arguments());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        /** @param clip null: {@code base64} is the sound */
        private void writeAudio(String format, @Nullable AudioClip clip, String base64) throws IOException {
            switch (dialect.request().inputAudio()) {
                case BASE64 -> writeInputAudio("", format, clip, base64);
                case DATA_URL -> writeInputAudio("data:;base64,", format, clip, base64);
                case AUDIO_URL -> {
                    json.writeStringField("type", "audio_url");
                    json.writeObjectFieldStart("audio_url");
                    writeBase64("url", "data:" + mediaTypeOf(format) + ";base64,", clip, base64);
                    json.writeEndObject();
                }
            }
        }

        private void writeInputAudio(String before, String format, @Nullable AudioClip clip, String base64)
                throws IOException {
            json.writeStringField("type", "input_audio");
            json.writeObjectFieldStart("input_audio");
            writeBase64("data", before, clip, base64);
            writeText("format", format);
            json.writeEndObject();
        }

        /** A clip goes past the generator: base64 needs no escaping, and a minute of speech is four megabytes of it. */
        private void writeBase64(String field, String before, @Nullable AudioClip clip, String base64)
                throws IOException {
            if (clip == null) {
                writeText(field, before + base64);
                return;
            }
            json.writeFieldName(field);
            json.writeRawValue("\"" + before);
            json.flush();
            WavBase64.write(clip, out);
            json.writeRaw('"');
        }

        private static String mediaTypeOf(String format) {
            return format.equals("mp3") ? "audio/mpeg" : "audio/" + format;
        }

        private void writeText(String field, String text) throws IOException {
            json.writeStringField(field, withoutLoneSurrogates(text));
        }

        /** UTF-8 has no form for half of a pair, and Jackson refuses it. */
        private static String withoutLoneSurrogates(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (Character.isSurrogate(text.charAt(i)))
                    return text.codePoints()
                            .map(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE
                                    ? REPLACEMENT
                                    : point)
                            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                            .toString();
            }
            return text;
        }
    }
}
