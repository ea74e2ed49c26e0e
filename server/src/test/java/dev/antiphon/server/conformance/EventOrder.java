package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's order of events (GA), as a reader that accepts nothing else: who may follow whom, which ids belong
 * together, what a part, an item and a response hold when they are done. For conversations to which items are only
 * appended, with turns that interrupt.
 *
 * <p>Threading: confined to its caller.
 */
final class EventOrder {
    /** {@code type item_id} of events that must come next, in this order, with nothing between. */
    private final Deque<String> due = new ArrayDeque<>();

    private final Set<String> eventIds = new HashSet<>();
    private final List<String> items = new ArrayList<>(); // in the conversation's order
    private final Map<String, Object> previousIds = new HashMap<>(); // of items that are not done; NONE: null
    private final Set<String> responses = new HashSet<>();
    private @Nullable ResponseOrder response; // the conversation's own; null: none is active
    private final Map<String, ResponseOrder> outOfBand = new HashMap<>(); // by id
    private final Map<String, StringBuilder> transcripts = new HashMap<>(); // by item id, as far as they came
    private @Nullable String speakingItemId; // null: nobody speaks
    private long speechMillis; // where the last turn began or ended
    private boolean isOpen;

    private static final Object NONE = new Object();

    void accept(Frame event) {
        try {
            String type = event.type();
            assertThat(eventIds.add(event.text("event_id")))
                    .as("event_id is new")
                    .isTrue();
            assertThat(type.equals("session.created"))
                    .as("session.created is first, once")
                    .isEqualTo(!isOpen);
            String next = due.poll();
            if (next != null)
                assertThat(type + ' ' + event.itemId()).as("next event").isEqualTo(next);
            checkMillis(event.fields());
            if (!type.startsWith("response.")) onConversation(event, next != null);
            else onResponse(event, next != null);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nat " + event, e);
        }
    }

    /** To be called at the end of a conversation that was left at rest. */
    void requireRest() {
        assertThat(due).as("events that are due").isEmpty();
        assertThat(previousIds.keySet())
                .as("items without conversation.item.done")
                .isEmpty();
        assertThat(response).as("response without response.done").isNull();
        assertThat(outOfBand.keySet())
                .as("responses out of band without response.done")
                .isEmpty();
        assertThat(transcripts.keySet())
                .as("transcripts that are not completed")
                .isEmpty();
    }

    private void onConversation(Frame event, boolean wasDue) {
        switch (event.type()) {
            case "session.created", "session.updated" -> onSession(event);
            case "input_audio_buffer.speech_started" -> onSpeechStarted(event);
            case "input_audio_buffer.speech_stopped" -> onSpeechStopped(event);
            case "input_audio_buffer.committed" -> {
                assertThat(wasDue || speakingItemId == null)
                        .as("a turn that was detected stops before it is committed")
                        .isTrue();
                checkPrevious(event, event.itemId());
                due.addFirst("conversation.item.added " + event.itemId());
            }
            case "input_audio_buffer.cleared" -> speakingItemId = null;
            case "conversation.item.added" -> onItemAdded(event, wasDue);
            case "conversation.item.done" -> onItemDone(event, wasDue);
            case "conversation.item.truncated" -> {
                assertThat(items).contains(event.itemId());
                assertThat(event.integer("content_index")).isZero();
                event.integer("audio_end_ms");
            }
            case "conversation.item.retrieved" -> assertThat(items).contains(event.itemId());
            case "conversation.item.deleted" ->
                assertThat(items.remove(event.itemId()))
                        .as("item that is there")
                        .isTrue();
            case "conversation.item.input_audio_transcription.delta",
                    "conversation.item.input_audio_transcription.completed",
                    "conversation.item.input_audio_transcription.failed" -> onTranscription(event);
            case "input_audio_buffer.timeout_triggered" -> {
                assertThat(speakingItemId).as("turn that has not stopped").isNull();
                assertThat(event.integer("audio_end_ms")).isGreaterThanOrEqualTo(event.integer("audio_start_ms"));
                due.add("input_audio_buffer.committed " + event.itemId());
            }
            case "rate_limits.updated" -> onRateLimits(event);
            case "error" -> {
                event.text("error", "type");
                event.text("error", "message");
                for (String key : List.of("code", "param", "event_id")) {
                    assertThat(event.has("error", key)).as("error." + key).isTrue();
                }
            }
            default -> throw new AssertionError("type: " + event.type() + " (expected: an event of the protocol)");
        }
    }

    private void onTranscription(Frame event) {
        String id = event.itemId();
        assertThat(items).contains(id);
        assertThat(event.integer("content_index")).isZero();
        if (event.type().endsWith(".delta")) {
            transcripts.computeIfAbsent(id, item -> new StringBuilder()).append(event.text("delta"));
            return;
        }
        StringBuilder pieces = transcripts.remove(id);
        if (event.type().endsWith(".completed")) {
            if (pieces != null) assertThat(event.text("transcript")).isEqualTo(pieces.toString());
            assertThat(event.text("usage", "type")).isIn("tokens", "duration");
        } else {
            event.text("error", "message");
        }
    }

    private static void onRateLimits(Frame event) {
        for (int i = 0; i < event.list("rate_limits").size(); i++) {
            assertThat(event.text("rate_limits", i, "name")).isIn("requests", "tokens");
            assertThat(event.integer("rate_limits", i, "remaining"))
                    .isBetween(0L, event.integer("rate_limits", i, "limit"));
        }
    }

    private void onSession(Frame event) {
        isOpen = true;
        assertThat(event.text("session", "type")).isEqualTo("realtime");
        assertThat(event.text("session", "object")).isEqualTo("realtime.session");
        assertThat(event.text("session", "id")).startsWith("sess_");
        assertThat(event.list("session", "output_modalities")).hasSize(1);
        assertThat(event.has("session", "audio", "input", "turn_detection")).isTrue();
        if (event.text("session", "audio", "input", "format", "type").equals("audio/pcm")) {
            assertThat(event.integer("session", "audio", "input", "format", "rate"))
                    .isEqualTo(24_000);
        }
        event.text("session", "tool_choice");
        event.list("session", "tools");
    }

    private void onSpeechStarted(Frame event) {
        assertThat(speakingItemId).as("turn that has not stopped").isNull();
        assertThat(items).doesNotContain(event.itemId());
        assertThat(event.integer("audio_start_ms")).isGreaterThanOrEqualTo(speechMillis);
        speakingItemId = event.itemId();
        speechMillis = event.integer("audio_start_ms");
        if (response != null) response.onInterrupted();
    }

    private void onSpeechStopped(Frame event) {
        assertThat(event.itemId()).isEqualTo(speakingItemId);
        assertThat(event.integer("audio_end_ms")).isGreaterThan(speechMillis);
        speechMillis = event.integer("audio_end_ms");
        speakingItemId = null;
        due.add("input_audio_buffer.committed " + event.itemId());
    }

    private void onItemAdded(Frame event, boolean wasDue) {
        String id = event.itemId();
        assertThat(items).as("item ids").doesNotContain(id);
        Object previous = checkPrevious(event, id);
        ResponseOrder active = response;
        if (active != null && active.owns(id)) {
            assertThat(wasDue).as("right after response.output_item.added").isTrue();
            assertThat(event.text("item", "status")).isEqualTo("in_progress");
            assertThat(event.at("item")).isEqualTo(active.itemOf(id));
        } else {
            assertThat(event.text("item", "status")).isEqualTo("completed");
            due.addFirst("conversation.item.done " + id);
        }
        if (Objects.equals(event.at("item", "content", 0, "type"), "input_audio")) {
            assertThat(event.has("item", "content", 0, "transcript"))
                    .as("transcript of spoken input")
                    .isTrue();
        }
        items.add(id);
        previousIds.put(id, previous);
    }

    private void onItemDone(Frame event, boolean wasDue) {
        assertThat(wasDue).as("conversation.item.done comes by itself").isTrue();
        Object previous = previousIds.remove(event.itemId());
        assertThat(previous).as("item that was added").isNotNull();
        assertThat(event.has("previous_item_id")).as("previous_item_id").isTrue();
        assertThat(Objects.requireNonNullElse(event.at("previous_item_id"), NONE))
                .isEqualTo(previous);
        if (response != null && response.owns(event.itemId())) {
            assertThat(event.at("item")).isEqualTo(response.itemOf(event.itemId()));
        }
    }

    /** @return what stands before the item; {@link #NONE}: nothing, said by an explicit null */
    private Object checkPrevious(Frame event, String itemId) {
        assertThat(event.has("previous_item_id")).as("previous_item_id").isTrue();
        String last = items.isEmpty() ? null : items.get(items.size() - 1);
        assertThat(event.at("previous_item_id")).as("item before " + itemId).isEqualTo(last);
        return last == null ? NONE : last;
    }

    private void onResponse(Frame event, boolean wasDue) {
        if (event.type().equals("response.created")) {
            onCreated(event);
            return;
        }
        String id = event.type().equals("response.done") ? event.text("response", "id") : event.text("response_id");
        ResponseOrder beside = outOfBand.get(id);
        ResponseOrder active = beside == null ? response : beside;
        assertThat(active).as("response that is active").isNotNull();
        if (active == null || !active.accept(event, wasDue)) return;
        if (beside == null) response = null;
        else outOfBand.remove(id);
    }

    private void onCreated(Frame event) {
        String id = event.text("response", "id");
        assertThat(responses.add(id)).as("response id is new").isTrue();
        ResponseOrder created = new ResponseOrder(event, due);
        if (created.isOutOfBand()) {
            outOfBand.put(id, created);
        } else {
            assertThat(response).as("a response that is active").isNull();
            response = created;
        }
    }

    /** Strict clients take no {@code 12.0} for milliseconds. */
    private static void checkMillis(Object node) {
        if (node instanceof List<?> list) list.forEach(EventOrder::checkMillis);
        if (!(node instanceof Map<?, ?> map)) return;
        map.forEach((key, value) -> {
            if (String.valueOf(key).endsWith("_ms") && value != null) {
                assertThat(value).as(String.valueOf(key)).isInstanceOfAny(Long.class, Integer.class);
            }
            if (value != null) checkMillis(value);
        });
    }
}
