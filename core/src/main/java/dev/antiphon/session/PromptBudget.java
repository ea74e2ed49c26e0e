package dev.antiphon.session;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AudioPart;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatMessage.UserMessage;
import dev.antiphon.upstream.ChatMessage.UserPart;
import dev.antiphon.usage.TokenEstimate;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of a request with what they cost in tokens, as far as we can tell, and which of them are left out when they
 * are too many: the oldest, but never the newest question, and never what the system says.
 *
 * <p>Threading: confined to its caller.
 */
final class PromptBudget {
    /** Of the model's own count in the recordings: 20 tokens for a second of an answer. */
    private static final int MILLIS_PER_ANSWER_TOKEN = 50;

    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();

    /** @param spokenMillis of an answer quoted by its audio id; otherwise 0 */
    void add(ChatMessage message, long spokenMillis) {
        messages.add(message);
        tokens.add(TokenEstimate.ofMessage(message) + (int) (spokenMillis / MILLIS_PER_ANSWER_TOKEN));
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

    private static long audioBytesOf(ChatMessage message) {
        if (!(message instanceof UserMessage user)) return 0;
        long bytes = 0;
        List<UserPart> parts = user.parts();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof AudioPart audio) bytes += audio.clip().bytes();
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
}
