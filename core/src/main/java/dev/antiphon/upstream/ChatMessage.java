package dev.antiphon.upstream;

import dev.antiphon.audio.AudioClip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One element of {@code messages} of a chat-completions request.
 *
 * <p>Threading: immutable.
 */
public sealed interface ChatMessage {

    record SystemMessage(String text) implements ChatMessage {}

    /** @param parts at least one; a single text part is written as a plain string */
    record UserMessage(List<UserPart> parts) implements ChatMessage {
        public UserMessage {
            if (parts.isEmpty()) throw new IllegalArgumentException("parts: none (expected: at least one)");
            parts = List.copyOf(parts);
        }
    }

    /**
     * @param text what was said: the {@code content} where there is no audio id, or where the provider knows none; null:
     *     no words
     * @param audioId an earlier spoken answer to be quoted; null: none
     */
    record AssistantMessage(@Nullable String text, @Nullable String audioId, List<ToolCall> toolCalls)
            implements ChatMessage {
        public AssistantMessage {
            if (text == null && audioId == null && toolCalls.isEmpty()) {
                throw new IllegalArgumentException("assistant message: empty (expected: text, audio id or tool calls)");
            }
            toolCalls = List.copyOf(toolCalls);
        }
    }

    record ToolMessage(String callId, String content) implements ChatMessage {}

    /** @param arguments JSON text */
    record ToolCall(String callId, String name, String arguments) {}

    /** One content part of a user message. */
    sealed interface UserPart {}

    record TextPart(String text) implements UserPart {}

    /** Written in {@code wav}: a 44-byte header and the clip. */
    record AudioPart(AudioClip clip) implements UserPart {}

    /**
     * Sound in a file that somebody else has made, handed on as it is.
     *
     * @param base64 of the file, without any {@code data:} before it
     * @param format {@code wav}, {@code mp3} or what else the provider takes
     */
    record EncodedAudioPart(String base64, String format) implements UserPart {}

    /**
     * @param url a data URI or an address the provider can reach
     * @param detail null: the provider's default
     */
    record ImagePart(String url, @Nullable String detail) implements UserPart {}
}
