package dev.antiphon.upstream;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One streaming chat-completions request, free of any provider's habits.
 *
 * <p>Threading: immutable.
 *
 * @param model the provider's model name
 * @param messages the conversation, oldest first; at least one
 * @param speech how to speak; null: answer in text only
 * @param tools what may be called
 * @param sampling bounds of the answer
 * @param extras fields we only pass on, by name, each a whole JSON value: {@code seed}, {@code stop}, …
 */
public record ChatRequest(
        String model,
        List<ChatMessage> messages,
        @Nullable Speech speech,
        Tools tools,
        Sampling sampling,
        Map<String, String> extras) {

    public ChatRequest {
        if (messages.isEmpty()) throw new IllegalArgumentException("messages: none (expected: at least one)");
        messages = List.copyOf(messages);
        extras = Map.copyOf(extras);
    }

    public ChatRequest(
            String model, List<ChatMessage> messages, @Nullable Speech speech, Tools tools, Sampling sampling) {
        this(model, messages, speech, tools, sampling, Map.of());
    }

    public ChatRequest withModel(String newModel) {
        return new ChatRequest(newModel, messages, speech, tools, sampling, extras);
    }

    public ChatRequest withMessages(List<ChatMessage> newMessages) {
        return new ChatRequest(model, newMessages, speech, tools, sampling, extras);
    }

    /** @param newSpeech null: answer in text only */
    public ChatRequest withSpeech(@Nullable Speech newSpeech) {
        return new ChatRequest(model, messages, newSpeech, tools, sampling, extras);
    }

    /** Becomes {@code modalities:["text","audio"]} and {@code audio:{voice, format:"pcm16"}}, or the dialect's format. */
    public record Speech(String voice) {}

    /**
     * @param parallelCalls null: the provider's default
     */
    public record Tools(
            List<ToolDefinition> offered,
            ToolChoice choice,
            @Nullable Boolean parallelCalls) {
        public static final Tools NONE = new Tools(List.of(), ToolChoice.AUTO, null);

        public Tools {
            offered = List.copyOf(offered);
        }
    }

    /**
     * @param maxCompletionTokens null: unbounded
     * @param temperature null: the provider's default
     * @param reasoningEffort null: the provider's default
     */
    public record Sampling(
            @Nullable Integer maxCompletionTokens,
            @Nullable Double temperature,
            @Nullable String reasoningEffort) {
        public static final Sampling DEFAULT = new Sampling(null, null);

        public Sampling(@Nullable Integer maxCompletionTokens, @Nullable Double temperature) {
            this(maxCompletionTokens, temperature, null);
        }
    }
}
