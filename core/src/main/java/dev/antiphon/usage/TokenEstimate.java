package dev.antiphon.usage;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.ImagePart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.TextPart;
import dev.antiphon.upstream.ChatMessage.ToolCall;
import dev.antiphon.upstream.ChatMessage.ToolMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import dev.antiphon.upstream.ChatRequest;
import java.util.List;

/** What something costs in tokens, as far as we can tell, where the provider has not said or not yet. */
public final class TokenEstimate {
    /** Of the model's own count in the recordings: 10 tokens for a second of a user's sound. */
    private static final int MILLIS_PER_USER_TOKEN = 100;
    /** gpt-audio's own: 20 tokens a second of 24 kHz. */
    private static final int SAMPLES_PER_AUDIO_TOKEN = 1_200;

    private static final int CHARACTERS_PER_TOKEN = 4;
    /** What a message costs besides its content. */
    private static final int FRAME_TOKENS = 4;
    /** A picture at low detail; at high detail several times that. */
    private static final int IMAGE_TOKENS = 85;

    private TokenEstimate() {}

    /** Of a request; an answer that is quoted by its audio id is not in it. */
    public static TokenCounts ofRequest(ChatRequest request) {
        long tokens = 0;
        long audioTokens = 0;
        long imageTokens = 0;
        for (ChatMessage message : request.messages()) {
            tokens += ofMessage(message);
            if (!(message instanceof UserMessage user)) continue;
            for (UserPart part : user.parts()) {
                if (part instanceof AudioPart) audioTokens += ofPart(part);
                if (part instanceof ImagePart) imageTokens += ofPart(part);
            }
        }
        return new TokenCounts(tokens - audioTokens - imageTokens, audioTokens, imageTokens, 0, 0, 0, 0);
    }

    /**
     * Of an answer, as far as it came.
     *
     * @param writtenCharacters of words and of calls
     * @param spokenSamples at 24 kHz, at the model's own speed
     */
    public static TokenCounts ofAnswer(long writtenCharacters, long spokenSamples) {
        long textTokens = (writtenCharacters + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN;
        long audioTokens = (spokenSamples + SAMPLES_PER_AUDIO_TOKEN - 1) / SAMPLES_PER_AUDIO_TOKEN;
        return new TokenCounts(0, 0, 0, 0, textTokens, audioTokens, 0);
    }

    /** Of one message of a request; what it quotes by an audio id is not in it. */
    public static int ofMessage(ChatMessage message) {
        return FRAME_TOKENS + ofContent(message);
    }

    private static int ofContent(ChatMessage message) {
        if (message instanceof SystemMessage system) return ofText(system.text());
        if (message instanceof ToolMessage tool) return ofText(tool.content());
        if (message instanceof UserMessage user) {
            int sum = 0;
            List<UserPart> parts = user.parts();
            for (int i = 0; i < parts.size(); i++) sum += ofPart(parts.get(i));
            return sum;
        }
        AssistantMessage assistant = (AssistantMessage) message;
        int sum = assistant.text() == null || assistant.audioId() != null ? 0 : ofText(assistant.text());
        for (ToolCall call : assistant.toolCalls()) sum += ofText(call.name()) + ofText(call.arguments());
        return sum;
    }

    private static int ofPart(UserPart part) {
        if (part instanceof TextPart text) return ofText(text.text());
        if (part instanceof AudioPart audio) return (int) (audio.clip().millis() / MILLIS_PER_USER_TOKEN);
        return part instanceof ImagePart ? IMAGE_TOKENS : 0;
    }

    private static int ofText(String text) {
        return text.length() / CHARACTERS_PER_TOKEN + 1;
    }
}
