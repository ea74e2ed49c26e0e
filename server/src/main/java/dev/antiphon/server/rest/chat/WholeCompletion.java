package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.upstream.BodyRequest;
import dev.antiphon.upstream.ChatRequest;
import dev.antiphon.upstream.ChatRequestWriter;
import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;

/**
 * A request for a completion in one piece, in a format that only the provider makes: what would be asked for as a stream,
 * but whole, and with the client's own {@code audio}.
 *
 * <p>Threading: immutable.
 */
record WholeCompletion(ChatRequest chat, String audioJson) implements BodyRequest {
    private static final Set<String> REPLACED = Set.of("stream", "stream_options", "modalities", "audio");
    private static final String REPLACEMENTS = "{\"stream\":false,\"modalities\":[\"text\",\"audio\"],\"audio\":";

    @Override
    public Endpoint endpoint() {
        return Endpoint.CHAT;
    }

    @Override
    public String model() {
        return chat.model();
    }

    @Override
    public String write(String upstreamModel, Dialect dialect, ByteBuf out) {
        ByteBuf streamed = out.alloc().buffer();
        try {
            new ChatRequestWriter(dialect).write(chat.withModel(upstreamModel), streamed);
            CompletionJson.write(out, REPLACEMENTS + audioJson);
            copyRest(ByteBufUtil.getBytes(streamed), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is our own JSON
        } finally {
            streamed.release();
        }
        return "application/json";
    }

    /** Field by field as bytes: speech in them is not looked at again. */
    private static void copyRest(byte[] body, ByteBuf out) throws IOException {
        try (JsonParser json = JsonValues.FACTORY.createParser(body)) {
            json.nextToken();
            json.nextToken();
            while (json.currentToken() == JsonToken.FIELD_NAME) {
                int start = (int) json.currentTokenLocation().getByteOffset();
                boolean isKept = !REPLACED.contains(json.currentName());
                json.nextToken();
                json.skipChildren();
                json.nextToken();
                int end = (int) json.currentTokenLocation().getByteOffset();
                boolean hasComma = json.currentToken() == JsonToken.FIELD_NAME;
                if (isKept) out.writeByte(',').writeBytes(body, start, end - start - (hasComma ? 1 : 0));
            }
        }
        out.writeByte('}');
    }
}
