package dev.antiphon.server.rest.chat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.antiphon.upstream.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Finds what a completion cost that is passed on as it came.
 *
 * <p>Threading: confined to its caller.
 */
final class UsageJson {
    private static final double MAX_TOKENS = 1e9;

    private int inputTokens;
    private int inputAudioTokens;
    private int imageTokens;
    private int cachedTokens;
    private int outputTokens;
    private int outputAudioTokens;
    private int reasoningTokens;
    private int totalTokens;

    private UsageJson() {}

    /** @param completion lent, its indices stay; {@link Usage#NONE} where it says nothing that we understand */
    static Usage in(ByteBuf completion) {
        try (InputStream bytes = new ByteBufInputStream(completion.duplicate());
                JsonParser json = JsonValues.FACTORY.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) return Usage.NONE;
            for (String field; (field = JsonValues.nextField(json)) != null; ) {
                if (field.equals("usage") && json.currentToken() == JsonToken.START_OBJECT) {
                    return new UsageJson().read(json);
                }
                json.skipChildren();
            }
        } catch (IOException notJson) {
            // It is passed on all the same.
        }
        return Usage.NONE;
    }

    private Usage read(JsonParser json) throws IOException {
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            switch (field) {
                case "prompt_tokens" -> inputTokens = tokens(json);
                case "completion_tokens" -> outputTokens = tokens(json);
                case "total_tokens" -> totalTokens = tokens(json);
                case "prompt_tokens_details" -> readDetails(json, true);
                case "completion_tokens_details" -> readDetails(json, false);
                default -> json.skipChildren();
            }
        }
        int inputText = Math.max(0, inputTokens - inputAudioTokens - imageTokens);
        int outputText = Math.max(0, outputTokens - outputAudioTokens);
        return new Usage(
                new Usage.Input(inputTokens, inputText, inputAudioTokens, imageTokens, cachedTokens),
                new Usage.Output(outputTokens, outputText, outputAudioTokens, reasoningTokens),
                totalTokens);
    }

    private void readDetails(JsonParser json, boolean isInput) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        for (String field; (field = JsonValues.nextField(json)) != null; ) {
            int tokens = tokens(json);
            switch (field) {
                case "audio_tokens" -> {
                    if (isInput) inputAudioTokens = tokens;
                    else outputAudioTokens = tokens;
                }
                case "image_tokens" -> imageTokens = tokens;
                case "cached_tokens" -> cachedTokens = tokens;
                case "reasoning_tokens" -> reasoningTokens = tokens;
                default -> {}
            }
        }
    }

    private static int tokens(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            json.skipChildren();
            return 0;
        }
        return (int) Math.max(0, Math.min(MAX_TOKENS, json.getDoubleValue()));
    }
}
