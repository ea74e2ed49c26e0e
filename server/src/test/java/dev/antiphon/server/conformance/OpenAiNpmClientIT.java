package dev.antiphon.server.conformance;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Conversations of the official Node client in the GA dialect; the order of what it received is checked here. */
@Exercises("openai npm 7.55.0: typed turn, push-to-talk, barge-in")
@Timeout(240)
class OpenAiNpmClientIT {
    private static final long TALK_SECONDS = 90;

    @Test
    void theNodeClientHoldsItsConversations() throws Exception {
        NodeSuite suite = NodeSuite.held("openai-conversations.mjs", TALK_SECONDS);
        for (String conversation : List.of("typed-question", "push-to-talk", "barge-in")) {
            EventOrder order = new EventOrder();
            suite.frames(conversation).forEach(order::accept);
            order.requireRest();
        }
    }
}
