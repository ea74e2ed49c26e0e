package dev.antiphon.server.routing;

import dev.antiphon.upstream.ChatMessage;
import dev.antiphon.upstream.ChatMessage.AssistantMessage;
import dev.antiphon.upstream.ChatMessage.SystemMessage;
import dev.antiphon.upstream.ChatRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which server knows which spoken answer of a session. One that does not know it is told the words instead.
 *
 * <p>Threading: confined to the session's event loop.
 */
final class AudioIds {
    /** They live for an hour; a session does not speak more often than this in one. */
    private static final int MOST = 1_024;

    private final Map<String, Line> issuers = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Line> eldest) {
            return size() > MOST;
        }
    };

    void onIssued(String audioId, Line issuer) {
        issuers.put(audioId, issuer);
    }

    /**
     * The request as {@code line} can understand it.
     *
     * @param home knows the ids that nobody here has heard of
     */
    ChatRequest toldTo(Line line, Line home, ChatRequest request) {
        if (isAllKnown(request.messages(), line, home)) return request;
        List<ChatMessage> told = new ArrayList<>(request.messages().size() + 1);
        for (ChatMessage message : request.messages()) {
            if (!(message instanceof AssistantMessage answer) || isKnown(answer, line, home)) {
                told.add(message);
                continue;
            }
            // An answer of which no word is left cannot be told.
            if (answer.text() == null && answer.toolCalls().isEmpty()) continue;
            told.add(new AssistantMessage(answer.text(), null, answer.toolCalls()));
        }
        if (told.isEmpty()) return request;
        if (request.speech() != null && !told.contains(SystemMessage.ANSWER_ALOUD)) {
            told.add(told.get(0) instanceof SystemMessage ? 1 : 0, SystemMessage.ANSWER_ALOUD);
        }
        return request.withMessages(told);
    }

    private boolean isAllKnown(List<ChatMessage> messages, Line line, Line home) {
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof AssistantMessage answer && !isKnown(answer, line, home)) return false;
        }
        return true;
    }

    private boolean isKnown(AssistantMessage answer, Line line, Line home) {
        return answer.audioId() == null || issuers.getOrDefault(answer.audioId(), home) == line;
    }
}
