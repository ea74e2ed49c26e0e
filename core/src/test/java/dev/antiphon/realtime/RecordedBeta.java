package dev.antiphon.realtime;

import static dev.antiphon.testing.JsonTree.at;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.conversation.ContentPart;
import dev.antiphon.conversation.Item;
import dev.antiphon.conversation.ItemStatus;
import dev.antiphon.session.PartRef;
import dev.antiphon.session.ResponseSnapshot;
import dev.antiphon.session.ServerEvent;
import dev.antiphon.session.SessionSettings;
import dev.antiphon.session.SessionSettings.TurnDetection;
import dev.antiphon.turn.TurnSettings;
import dev.antiphon.upstream.RateLimit;
import dev.antiphon.upstream.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A recorded event of a beta server in the terms in which a session tells of it: what a reader of the beta would do. */
final class RecordedBeta {
    private RecordedBeta() {}

    /** In the order a session has: an item is added, and done as soon as it can be. */
    static List<ServerEvent> asToldBySession(Map<String, @Nullable Object> json) {
        String type = text(json, "type");
        return switch (type) {
            case "session.created" ->
                List.of(new ServerEvent.SessionCreated(
                        text(json, "session", "id"), number(json, "session", "expires_at"), settings(json)));
            case "session.updated" ->
                List.of(new ServerEvent.SessionUpdated(
                        text(json, "session", "id"), number(json, "session", "expires_at"), settings(json)));
            case "input_audio_buffer.speech_started" ->
                List.of(new ServerEvent.SpeechStarted(text(json, "item_id"), number(json, "audio_start_ms")));
            case "input_audio_buffer.speech_stopped" ->
                List.of(new ServerEvent.SpeechStopped(text(json, "item_id"), number(json, "audio_end_ms")));
            case "input_audio_buffer.committed" ->
                List.of(new ServerEvent.InputAudioCommitted(
                        text(json, "item_id"), (String) at(json, "previous_item_id")));
            case "conversation.item.created" -> {
                Item item = item(at(json, "item"));
                String previousItemId = (String) at(json, "previous_item_id");
                ServerEvent added = new ServerEvent.ItemAdded(item, previousItemId);
                yield item.status() == ItemStatus.IN_PROGRESS
                        ? List.of(added)
                        : List.of(added, new ServerEvent.ItemDone(item, previousItemId));
            }
            case "response.created" -> List.of(new ServerEvent.ResponseCreated(response(json)));
            case "response.done" -> List.of(new ServerEvent.ResponseDone(response(json)));
            case "response.output_item.added" ->
                List.of(new ServerEvent.OutputItemAdded(
                        text(json, "response_id"), (int) number(json, "output_index"), item(at(json, "item"))));
            case "response.output_item.done" -> {
                Item item = item(at(json, "item"));
                yield List.of(
                        new ServerEvent.OutputItemDone(
                                text(json, "response_id"), (int) number(json, "output_index"), item),
                        new ServerEvent.ItemDone(item, null));
            }
            case "response.content_part.added" ->
                List.of(new ServerEvent.ContentPartAdded(part(json), ServerEvent.PartKind.AUDIO));
            case "response.content_part.done" ->
                List.of(new ServerEvent.ContentPartDone(
                        part(json), ServerEvent.PartKind.AUDIO, text(json, "part", "transcript")));
            case "response.audio_transcript.delta" ->
                List.of(new ServerEvent.OutputAudioTranscriptDelta(part(json), text(json, "delta")));
            case "response.audio_transcript.done" ->
                List.of(new ServerEvent.OutputAudioTranscriptDone(part(json), text(json, "transcript")));
            case "response.audio.done" -> List.of(new ServerEvent.OutputAudioDone(part(json)));
            case "rate_limits.updated" -> List.of(new ServerEvent.RateLimitsUpdated(limits(json)));
            default -> throw new AssertionError("unknown recorded event " + type);
        };
    }

    private static SessionSettings settings(Object json) {
        Object session = at(json, "session");
        Object detection = at(session, "turn_detection");
        return SessionSettings.defaults(text(session, "model"), text(session, "voice"))
                .withInstructions(text(session, "instructions"))
                .withInput(new SessionSettings.Input(
                        AudioFormat.PCM16_24KHZ,
                        new TurnDetection(
                                new TurnSettings(
                                        ((Number) value(detection, "threshold")).floatValue(),
                                        (int) number(detection, "prefix_padding_ms"),
                                        (int) number(detection, "silence_duration_ms")),
                                (Boolean) value(detection, "create_response"),
                                true)))
                .withGeneration(new SessionSettings.Generation(null, (Double) value(session, "temperature")));
    }

    private static ResponseSnapshot response(Object json) {
        Object response = at(json, "response");
        List<Item> output = new ArrayList<>();
        for (Object item : (List<?>) value(response, "output")) output.add(item(item));
        ResponseSnapshot.Status status =
                ResponseSnapshot.Status.valueOf(text(response, "status").toUpperCase(Locale.ROOT));
        Object reason = at(response, "status_details", "reason");
        return new ResponseSnapshot(
                new ResponseSnapshot.Identity(text(response, "id"), text(response, "conversation_id"), Map.of()),
                new ResponseSnapshot.Outcome(
                        status,
                        reason == null
                                ? null
                                : ResponseSnapshot.Reason.valueOf(((String) reason).toUpperCase(Locale.ROOT)),
                        null),
                output,
                SessionSettings.defaults("gpt-realtime", text(response, "voice"))
                        .withGeneration(new SessionSettings.Generation(null, (Double) value(response, "temperature"))),
                usage(at(response, "usage")));
    }

    private static @Nullable Usage usage(@Nullable Object usage) {
        if (usage == null) return null;
        return new Usage(
                new Usage.Input(
                        (int) number(usage, "input_tokens"),
                        (int) number(usage, "input_token_details", "text_tokens"),
                        (int) number(usage, "input_token_details", "audio_tokens"),
                        0,
                        (int) number(usage, "input_token_details", "cached_tokens")),
                new Usage.Output(
                        (int) number(usage, "output_tokens"),
                        (int) number(usage, "output_token_details", "text_tokens"),
                        (int) number(usage, "output_token_details", "audio_tokens"),
                        0),
                (int) number(usage, "total_tokens"));
    }

    private static Item item(@Nullable Object item) {
        boolean isUser = text(item, "role").equals("user");
        List<ContentPart> content = new ArrayList<>();
        for (Object part : (List<?>) value(item, "content")) {
            String transcript = (String) at(part, "transcript");
            content.add(
                    isUser
                            ? new ContentPart.InputAudio(AudioClip.of(24_000, new byte[2]), transcript)
                            : new ContentPart.OutputAudio(Objects.requireNonNull(transcript), null));
        }
        return new Item.Message(
                text(item, "id"),
                ItemStatus.valueOf(text(item, "status").toUpperCase(Locale.ROOT)),
                isUser ? Item.Role.USER : Item.Role.ASSISTANT,
                content);
    }

    private static List<RateLimit> limits(Object json) {
        List<RateLimit> limits = new ArrayList<>();
        for (Object limit : (List<?>) value(json, "rate_limits")) {
            limits.add(new RateLimit(
                    text(limit, "name"),
                    number(limit, "limit"),
                    number(limit, "remaining"),
                    ((Number) value(limit, "reset_seconds")).doubleValue()));
        }
        return limits;
    }

    private static PartRef part(Object json) {
        return new PartRef(text(json, "response_id"), text(json, "item_id"), (int) number(json, "output_index"), (int)
                number(json, "content_index"));
    }

    private static String text(@Nullable Object node, Object... path) {
        return (String) value(node, path);
    }

    private static long number(@Nullable Object node, Object... path) {
        return (Long) value(node, path);
    }

    private static Object value(@Nullable Object node, Object... path) {
        return Objects.requireNonNull(at(node, path), () -> "recorded: no " + List.of(path));
    }
}
