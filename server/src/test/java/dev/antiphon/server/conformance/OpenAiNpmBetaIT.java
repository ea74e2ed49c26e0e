package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Conversations of the official Node client's beta class: the gateway speaks its dialect and no other. */
@Exercises("openai npm 7.55.0, beta class: typed turn, push-to-talk, barge-in with truncate")
@Timeout(240)
class OpenAiNpmBetaIT {
    private static final long TALK_SECONDS = 60;
    /** All that may come in these conversations: no event of the GA dialect alone. */
    private static final Set<String> BETA_EVENTS = Set.of(
            "session.created",
            "session.updated",
            "conversation.created",
            "conversation.item.created",
            "conversation.item.truncated",
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "response.created",
            "response.output_item.added",
            "response.content_part.added",
            "response.audio_transcript.delta",
            "response.audio_transcript.done",
            "response.audio.delta",
            "response.audio.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated");

    @Test
    void theBetaClassIsSpokenToInTheBetaDialectAlone() throws Exception {
        NodeSuite suite = NodeSuite.held("openai-beta-conversations.mjs", TALK_SECONDS);
        for (String conversation : List.of("beta-typed-question", "beta-push-to-talk", "beta-barge-in")) {
            for (Frame event : suite.frames(conversation)) {
                assertThat(BETA_EVENTS).as(event.toString()).contains(event.type());
                if (event.at("item") != null) {
                    assertThat(event.text("item", "object")).isEqualTo("realtime.item");
                    requireBetaContent(event);
                }
            }
        }
    }

    /** GA's names for parts are {@code output_audio} and {@code output_text}. */
    private static void requireBetaContent(Frame event) {
        for (int i = 0; i < event.list("item", "content").size(); i++) {
            assertThat(event.text("item", "content", i, "type")).isIn("input_text", "input_audio", "text", "audio");
        }
    }
}
