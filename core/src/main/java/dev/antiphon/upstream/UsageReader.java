package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * Reads a {@code usage} object, whose details are optional everywhere and whose {@code text_tokens} no schema names.
 *
 * <p>Threading: stateless.
 */
final class UsageReader {
    private static final int ABSENT = -1;

    private UsageReader() {}

    /** @param json at the object's first brace; at its last when this returns */
    static Usage read(JsonParser json) throws IOException {
        int inputTokens = 0;
        int outputTokens = 0;
        int totalTokens = ABSENT;
        Details input = new Details();
        Details output = new Details();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "prompt_tokens" -> inputTokens = tokens(json, value, 0);
                case "completion_tokens" -> outputTokens = tokens(json, value, 0);
                case "total_tokens" -> totalTokens = tokens(json, value, ABSENT);
                case "prompt_tokens_details" -> input.read(json, value);
                case "completion_tokens_details" -> output.read(json, value);
                default -> json.skipChildren();
            }
        }
        return new Usage(
                new Usage.Input(
                        inputTokens,
                        input.textTokensOf(inputTokens),
                        input.audioTokens,
                        input.imageTokens,
                        input.cachedTokens),
                new Usage.Output(
                        outputTokens, output.textTokensOf(outputTokens), output.audioTokens, output.reasoningTokens),
                totalTokens == ABSENT ? inputTokens + outputTokens : totalTokens);
    }

    private static int tokens(JsonParser json, JsonToken value, int fallback) throws IOException {
        long tokens = DeltaReader.longOr(json, value, fallback);
        return tokens < 0 ? fallback : (int) Math.min(tokens, Integer.MAX_VALUE / 2);
    }

    private static final class Details {
        private int textTokens = ABSENT;
        private int audioTokens;
        private int imageTokens;
        private int cachedTokens;
        private int reasoningTokens;

        void read(JsonParser json, JsonToken start) throws IOException {
            if (start != JsonToken.START_OBJECT) {
                json.skipChildren();
                return;
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                switch (field) {
                    case "text_tokens" -> textTokens = tokens(json, value, ABSENT);
                    case "audio_tokens" -> audioTokens = tokens(json, value, 0);
                    case "image_tokens" -> imageTokens = tokens(json, value, 0);
                    case "cached_tokens" -> cachedTokens = tokens(json, value, 0);
                    case "reasoning_tokens" -> reasoningTokens = tokens(json, value, 0);
                    default -> json.skipChildren();
                }
            }
        }

        int textTokensOf(int tokens) {
            return textTokens == ABSENT ? Math.max(0, tokens - audioTokens - imageTokens) : textTokens;
        }
    }
}
