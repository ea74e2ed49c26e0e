package dev.antiphon.server.twin.wire;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One chat-completions request as the twin understood it; what it does not know of is left out.
 *
 * <p>Threading: immutable.
 *
 * @param messages oldest first, at least one; their positions are those of the wire
 * @param sound how the answer is to sound; null: {@code modalities} has no {@code audio}
 * @param textTokens what the words and tools of the request cost
 */
public record TwinRequest(
        String model,
        List<ChatMessage> messages,
        ChatRequest.Tools tools,
        @Nullable Sound sound,
        Delivery delivery,
        int textTokens) {

    /** The member {@code audio}: a voice the twin has, and a format it can write. */
    public record Sound(String voice, String format) {}

    /** How the answer travels: {@code stream} and {@code stream_options}. */
    public record Delivery(boolean stream, boolean includeUsage, boolean includeObfuscation) {}

    public TwinRequest {
        if (messages.isEmpty()) throw new IllegalArgumentException("messages: none (expected: at least one)");
        messages = List.copyOf(messages);
    }
}
