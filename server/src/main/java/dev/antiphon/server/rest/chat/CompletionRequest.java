package dev.antiphon.server.rest.chat;

import dev.antiphon.server.rest.sound.SoundFormat;
import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants, its sound not yet decoded.
 *
 * <p>Threading: confined to the connection's event loop, because of its messages.
 *
 * @param model as the client names it
 * @param sound how to speak; null: in writing
 * @param extras as in {@link ChatRequest}
 */
record CompletionRequest(
        String model,
        MessageDrafts messages,
        @Nullable Sound sound,
        Options options,
        Delivery delivery,
        Map<String, String> extras) {

    /** @param audioJson the client's own {@code audio}, whole */
    record Sound(String voice, SoundFormat format, String audioJson) {}

    record Options(ChatRequest.Tools tools, ChatRequest.Sampling sampling) {}

    record Delivery(boolean isStreamed, boolean includesUsage) {}

    /** To be called when every sound of the messages has been put in its place. */
    ChatRequest toChat() {
        List<ChatMessage> finished = messages.finish();
        ChatRequest.Speech speech = sound == null ? null : new ChatRequest.Speech(sound.voice());
        return new ChatRequest(model, finished, speech, options.tools(), options.sampling(), extras);
    }
}
