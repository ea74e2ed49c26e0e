package dev.antiphon.session;

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
import dev.antiphon.usage.TokenCounts;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of a request with what they cost in tokens, as far as we can tell, and which of them are left out when they
 * are too many: the oldest, but never the newest question, and never what the system says.
 *
 * <p>Threading: confined to its caller.
 */
final class PromptBudget {
    /** Of the model's own count in the recordings: 10 tokens for a second of a user's sound, 20 for one of its own. */
    private static final int MILLIS_PER_USER_TOKEN = 100;

    private static final int MILLIS_PER_ANSWER_TOKEN = 50;
    private static final int CHARACTERS_PER_TOKEN = 4;
    /** What a message costs besides its content. */
    private static final int FRAME_TOKENS = 4;
    /** A picture at low detail; at high detail several times that. */
    private static final int IMAGE_TOKENS = 85;

    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();

    /** @param spokenMillis of an answer quoted by its audio id; otherwise 0 */
    void add(ChatMessage message, long spokenMillis) {
        messages.add(message);
        tokens.add(FRAME_TOKENS + tokensOf(message) + (int) (spokenMillis / MILLIS_PER_ANSWER_TOKEN));
    }

    List<ChatMessage> all() {
        return messages;
    }

    /** All of them if they fit; otherwise the newest exchanges that fill no more than the share that is kept. */
    List<ChatMessage> within(MemorySettings memory, SessionSettings.Truncation truncation) {
        long total = 0;
        long audio = 0;
        for (int i = 0; i < messages.size(); i++) {
            total += tokens.get(i);
            audio += audioBytesOf(messages.get(i));
        }
        if (total <= memory.contextTokens() && audio <= memory.userAudioBytes()) return messages;
        long targetTokens = (long) (memory.contextTokens() * truncation.retentionRatio());
        long targetAudio = (long) (memory.userAudioBytes() * truncation.retentionRatio());
        int from = nextQuestion(0);
        int first = from;
        while (total > targetTokens || audio > targetAudio) {
            int next = nextQuestion(first + 1);
            if (next >= messages.size()) break; // the newest question
            for (int i = first == from ? 0 : first; i < next; i++) {
                if (messages.get(i) instanceof SystemMessage) continue;
                total -= tokens.get(i);
                audio -= audioBytesOf(messages.get(i));
            }
            first = next;
        }
        List<ChatMessage> kept = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            boolean left = first != from && i < first;
            if (!left || messages.get(i) instanceof SystemMessage) kept.add(messages.get(i));
        }
        return kept;
    }

    /** What a request costs, as far as we can tell; an answer that is quoted by its audio id is not in it. */
    static TokenCounts countsOf(ChatRequest request) {
        long tokens = 0;
        long audioTokens = 0;
        long imageTokens = 0;
        for (ChatMessage message : request.messages()) {
            tokens += FRAME_TOKENS + tokensOf(message);
            if (!(message instanceof UserMessage user)) continue;
            for (UserPart part : user.parts()) {
                if (part instanceof AudioPart) audioTokens += tokensOf(part);
                if (part instanceof ImagePart) imageTokens += tokensOf(part);
            }
        }
        return new TokenCounts(tokens - audioTokens - imageTokens, audioTokens, imageTokens, 0, 0, 0, 0);
    }

    private static long audioBytesOf(ChatMessage message) {
        if (!(message instanceof UserMessage user)) return 0;
        long bytes = 0;
        for (UserPart part : user.parts()) {
            if (part instanceof AudioPart audio) bytes += audio.clip().bytes();
        }
        return bytes;
    }

    /** An exchange is a question with all that follows it: calls and their outputs stay together. */
    private int nextQuestion(int from) {
        for (int i = from; i < messages.size(); i++) {
            if (messages.get(i) instanceof UserMessage) return i;
        }
        return messages.size();
    }

    private static int tokensOf(ChatMessage message) {
        if (message instanceof SystemMessage system) return tokensOf(system.text());
        if (message instanceof ToolMessage tool) return tokensOf(tool.content());
        if (message instanceof UserMessage user) {
            int sum = 0;
            for (UserPart part : user.parts()) sum += tokensOf(part);
            return sum;
        }
        AssistantMessage assistant = (AssistantMessage) message;
        int sum = assistant.text() == null || assistant.audioId() != null ? 0 : tokensOf(assistant.text());
        for (ToolCall call : assistant.toolCalls()) sum += tokensOf(call.name()) + tokensOf(call.arguments());
        return sum;
    }

    private static int tokensOf(UserPart part) {
        if (part instanceof TextPart text) return tokensOf(text.text());
        if (part instanceof AudioPart audio) return (int) (audio.clip().millis() / MILLIS_PER_USER_TOKEN);
        return part instanceof ImagePart ? IMAGE_TOKENS : 0;
    }

    private static int tokensOf(String text) {
        return text.length() / CHARACTERS_PER_TOKEN + 1;
    }
}
