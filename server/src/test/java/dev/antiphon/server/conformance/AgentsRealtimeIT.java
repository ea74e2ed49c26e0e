package dev.antiphon.server.conformance;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Conversations of the official voice agents for Node: written, spoken, with a tool, interrupted, stopped, rewritten,
 * and with two messages at once. The agents read every frame by a schema and manage history, tools and barge-in by
 * themselves.
 */
@Exercises(
        "@openai/agents-realtime 0.20.0 over WebSocket: text turn, spoken turn, tool loop, barge-in with truncate and retrieve, two quick messages, history rewritten")
@Timeout(240)
class AgentsRealtimeIT {
    private static final long TALK_SECONDS = 60;
    /** All but the one whose items are deleted and put at the beginning: the order is of items that are appended. */
    private static final List<String> CONVERSATIONS = List.of(
            "agents-typed-question",
            "agents-spoken-question",
            "agents-tool",
            "agents-barge-in",
            "agents-stop-button",
            "agents-two-messages");
    /** They come when they are ready, or are the answer to a question: no part of the order. */
    private static final Set<String> UNORDERED = Set.of(
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "conversation.item.retrieved",
            "input_audio_buffer.cleared");

    @Test
    void theAgentsHoldTheirConversations() throws Exception {
        NodeSuite suite = NodeSuite.held("agents-conversations.mjs", TALK_SECONDS);
        for (String conversation : CONVERSATIONS) {
            EventOrder order = new EventOrder();
            for (Frame event : suite.frames(conversation)) {
                if (!UNORDERED.contains(event.type())) order.accept(event);
            }
            order.requireRest();
        }
    }
}
