package dev.antiphon.server.conformance;

import dev.antiphon.realtime.Dialect;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The names of the protocol's server events on a WebSocket, as its public description has them. */
final class StandardEvents {
    private static final List<String> BOTH = List.of(
            "session.created",
            "session.updated",
            "error",
            "rate_limits.updated",
            "conversation.item.retrieved",
            "conversation.item.truncated",
            "conversation.item.deleted",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "conversation.item.input_audio_transcription.failed",
            "input_audio_buffer.committed",
            "input_audio_buffer.cleared",
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.timeout_triggered",
            "response.created",
            "response.done",
            "response.output_item.added",
            "response.output_item.done",
            "response.content_part.added",
            "response.content_part.done",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done");
    private static final List<String> GA = List.of(
            "conversation.item.added",
            "conversation.item.done",
            "response.output_text.delta",
            "response.output_text.done",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.delta",
            "response.output_audio_transcript.done");
    private static final List<String> BETA = List.of(
            "conversation.item.created",
            "transcription_session.created",
            "transcription_session.updated",
            "response.text.delta",
            "response.text.done",
            "response.audio.delta",
            "response.audio.done",
            "response.audio_transcript.delta",
            "response.audio_transcript.done");

    /** What no single conversation shows: failures, silence, sessions of another kind. */
    private static final Set<String> OF_OTHER_CONVERSATIONS = Set.of(
            "conversation.item.input_audio_transcription.failed",
            "input_audio_buffer.timeout_triggered",
            "transcription_session.created",
            "transcription_session.updated");

    /** What a conversation with everything brings, in either dialect. */
    static final Set<String> OF_WHOLE_CONVERSATION = Stream.of(BOTH, GA, BETA)
            .flatMap(List::stream)
            .filter(name -> !OF_OTHER_CONVERSATIONS.contains(name))
            .collect(Collectors.toUnmodifiableSet());

    /** What a client sends in it. */
    static final Set<String> SENT_IN_WHOLE_CONVERSATION = Set.of(
            "session.update",
            "input_audio_buffer.append",
            "input_audio_buffer.commit",
            "input_audio_buffer.clear",
            "output_audio_buffer.clear",
            "conversation.item.create",
            "conversation.item.retrieve",
            "conversation.item.truncate",
            "conversation.item.delete",
            "response.create",
            "response.cancel");

    private StandardEvents() {}

    static Set<String> of(Dialect dialect) {
        Set<String> names = new HashSet<>(BOTH);
        names.addAll(dialect == Dialect.GA ? GA : BETA);
        return names;
    }
}
