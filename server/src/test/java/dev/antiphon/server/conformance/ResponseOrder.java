package dev.antiphon.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The order of events from {@code response.created} to {@code response.done}.
 *
 * <p>Threading: confined to its caller.
 */
final class ResponseOrder {
    private static final List<String> USAGE = List.of("total_tokens", "input_tokens", "output_tokens");
    private static final List<String> INPUT_DETAILS =
            List.of("text_tokens", "audio_tokens", "image_tokens", "cached_tokens");
    private static final Set<String> REASONS_TO_CANCEL = Set.of("turn_detected", "client_cancelled");

    private final String id;
    private final @Nullable Object metadata;
    private final boolean isSpoken;
    private final boolean isOutOfBand;
    private final int sampleBytes;
    private final Deque<String> due;
    private final List<OutputItem> items = new ArrayList<>();
    private boolean isInterrupted;

    /** An output item and what has been said of it. */
    private static final class OutputItem {
        private final String id;
        private final boolean isCall;
        private final StringBuilder text = new StringBuilder(); // words, or a call's arguments
        private @Nullable Object last; // the item as the last event had it
        private boolean hasPart;
        private boolean isDone;

        private OutputItem(String id, boolean isCall) {
            this.id = id;
            this.isCall = isCall;
        }
    }

    /** @param due gets what must follow an event at once */
    ResponseOrder(Frame created, Deque<String> due) {
        this.due = due;
        id = created.text("response", "id");
        assertThat(id).startsWith("resp_");
        assertThat(created.text("response", "object")).isEqualTo("realtime.response");
        assertThat(created.text("response", "status")).isEqualTo("in_progress");
        assertThat(created.list("response", "output")).isEmpty();
        isOutOfBand = created.at("response", "conversation_id") == null;
        if (!isOutOfBand)
            assertThat(created.text("response", "conversation_id")).startsWith("conv_");
        sampleBytes =
                created.text("response", "audio", "output", "format", "type").equals("audio/pcm") ? 2 : 1;
        for (String key : List.of("conversation_id", "status_details", "usage", "metadata")) {
            assertThat(created.has("response", key)).as("response." + key).isTrue();
        }
        assertThat(created.at("response", "status_details")).isNull();
        assertThat(created.at("response", "usage")).isNull();
        metadata = created.at("response", "metadata");
        isSpoken = created.list("response", "output_modalities").equals(List.of("audio"));
    }

    /** Its items are not of the conversation. */
    boolean isOutOfBand() {
        return isOutOfBand;
    }

    boolean owns(String itemId) {
        return items.stream().anyMatch(item -> item.id.equals(itemId));
    }

    /** As the response's own last event had it. */
    @Nullable
    Object itemOf(String itemId) {
        return find(itemId).last;
    }

    /** The person speaks: nothing of the answer may follow but its end. */
    void onInterrupted() {
        isInterrupted = true;
    }

    /** @return whether the response is done */
    boolean accept(Frame event, boolean wasDue) {
        if (event.type().equals("response.done")) {
            onDone(event);
            return true;
        }
        assertThat(event.text("response_id")).isEqualTo(id);
        if (event.type().equals("response.output_item.added")) {
            onItemAdded(event);
            return false;
        }
        OutputItem item = find(event.itemId());
        assertThat(item.isDone).as("item that is done").isFalse();
        assertThat(event.integer("output_index")).isEqualTo(items.indexOf(item));
        if (event.type().endsWith(".delta"))
            assertThat(isInterrupted).as("interrupted").isFalse();
        if (item.isCall) onCall(event, item, wasDue);
        else onMessage(event, item, wasDue);
        return false;
    }

    private void onItemAdded(Frame event) {
        assertThat(isInterrupted).as("interrupted").isFalse();
        assertThat(event.integer("output_index")).isEqualTo(items.size());
        assertThat(event.text("item", "status")).isEqualTo("in_progress");
        OutputItem item =
                new OutputItem(event.itemId(), event.text("item", "type").equals("function_call"));
        item.last = event.at("item");
        items.add(item);
        if (!isOutOfBand) due.add("conversation.item.added " + item.id);
        if (item.isCall) {
            assertThat(event.text("item", "name")).isNotEmpty();
            assertThat(event.text("item", "call_id")).isNotEmpty();
            assertThat(event.text("item", "arguments")).isEmpty();
        } else {
            assertThat(event.text("item", "role")).isEqualTo("assistant");
            assertThat(event.list("item", "content")).isEmpty();
            due.add("response.content_part.added " + item.id);
        }
    }

    private void onMessage(Frame event, OutputItem item, boolean wasDue) {
        String type = event.type();
        if (!type.equals("response.output_item.done")) {
            assertThat(event.integer("content_index")).isZero();
            assertThat(item.hasPart).as("part that was added").isNotEqualTo(type.equals("response.content_part.added"));
        }
        if (isSpoken && type.equals("response.output_audio.done")) {
            due.add("response.output_audio_transcript.done " + item.id);
            due.add("response.content_part.done " + item.id);
            due.add("response.output_item.done " + item.id);
            if (!isOutOfBand) due.add("conversation.item.done " + item.id);
        } else if (!isSpoken && type.equals("response.output_text.done")) {
            assertThat(event.text("text")).isEqualTo(item.text.toString());
            due.add("response.content_part.done " + item.id);
            due.add("response.output_item.done " + item.id);
            if (!isOutOfBand) due.add("conversation.item.done " + item.id);
        } else if (isSpoken && type.equals("response.output_audio.delta")) {
            assertThat(event.audio().length).isPositive().matches(bytes -> bytes % sampleBytes == 0, "whole samples");
        } else if (type.equals(isSpoken ? "response.output_audio_transcript.delta" : "response.output_text.delta")) {
            item.text.append(event.text("delta"));
        } else {
            assertThat(wasDue).as("in its place").isTrue();
            onMessageStep(event, item);
        }
    }

    private void onMessageStep(Frame event, OutputItem item) {
        String textKey = isSpoken ? "transcript" : "text";
        switch (event.type()) {
            case "response.content_part.added" -> {
                item.hasPart = true;
                assertThat(event.at("part")).isEqualTo(Map.of("type", isSpoken ? "audio" : "text", textKey, ""));
            }
            case "response.output_audio_transcript.done" ->
                assertThat(event.text("transcript")).isEqualTo(item.text.toString());
            case "response.content_part.done" ->
                assertThat(event.at("part"))
                        .isEqualTo(Map.of("type", isSpoken ? "audio" : "text", textKey, item.text.toString()));
            case "response.output_item.done" -> {
                String kind = isSpoken ? "output_audio" : "output_text";
                assertThat(event.list("item", "content"))
                        .isEqualTo(List.of(Map.of("type", kind, textKey, item.text.toString())));
                item.last = event.at("item");
                item.isDone = true;
            }
            default -> throw new AssertionError("type: " + event.type() + " (expected: an event of a message)");
        }
    }

    private void onCall(Frame event, OutputItem item, boolean wasDue) {
        switch (event.type()) {
            case "response.function_call_arguments.delta" -> {
                assertThat(event.text("call_id")).isEqualTo(callId(item));
                item.text.append(event.text("delta"));
            }
            case "response.function_call_arguments.done" -> {
                assertThat(event.text("call_id")).isEqualTo(callId(item));
                assertThat(event.text("name")).isEqualTo(((Map<?, ?>) Objects.requireNonNull(item.last)).get("name"));
                assertThat(event.text("arguments")).isEqualTo(item.text.toString());
                due.add("response.output_item.done " + item.id);
                if (!isOutOfBand) due.add("conversation.item.done " + item.id);
            }
            case "response.output_item.done" -> {
                assertThat(event.text("item", "arguments")).isEqualTo(item.text.toString());
                assertThat(wasDue || !event.text("item", "status").equals("completed"))
                        .as("a call is completed when its arguments are")
                        .isTrue();
                if (!wasDue && !isOutOfBand) due.add("conversation.item.done " + item.id);
                item.last = event.at("item");
                item.isDone = true;
            }
            default -> throw new AssertionError("type: " + event.type() + " (expected: an event of a call)");
        }
    }

    private static Object callId(OutputItem item) {
        return Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(item.last)).get("call_id"));
    }

    private void onDone(Frame event) {
        assertThat(event.text("response", "id")).isEqualTo(id);
        assertThat(event.at("response", "metadata")).isEqualTo(metadata);
        assertThat(items).as("items that are done").allMatch(item -> item.isDone);
        assertThat(event.list("response", "output"))
                .isEqualTo(items.stream().map(item -> item.last).toList());
        String status = event.text("response", "status");
        for (OutputItem item : items) {
            assertThat(((Map<?, ?>) Objects.requireNonNull(item.last)).get("status"))
                    .isEqualTo(status.equals("completed") ? "completed" : "incomplete");
        }
        checkDetails(event, status);
        for (String key : USAGE) event.integer("response", "usage", key);
        for (String key : INPUT_DETAILS) event.integer("response", "usage", "input_token_details", key);
        for (String key : List.of("text_tokens", "audio_tokens")) {
            event.integer("response", "usage", "output_token_details", key);
            event.integer("response", "usage", "input_token_details", "cached_tokens_details", key);
        }
    }

    private static void checkDetails(Frame event, String status) {
        if (status.equals("completed")) {
            assertThat(event.has("response", "status_details")).isTrue();
            assertThat(event.at("response", "status_details")).isNull();
            return;
        }
        assertThat(event.text("response", "status_details", "type")).isEqualTo(status);
        switch (status) {
            case "cancelled" ->
                assertThat(REASONS_TO_CANCEL).contains(event.text("response", "status_details", "reason"));
            case "incomplete" -> event.text("response", "status_details", "reason");
            case "failed" -> {
                event.text("response", "status_details", "error", "type");
                event.text("response", "status_details", "error", "message");
            }
            default -> throw new AssertionError("status: " + status);
        }
    }

    private OutputItem find(String itemId) {
        return items.stream()
                .filter(item -> item.id.equals(itemId))
                .findFirst()
                .orElseThrow(() -> new AssertionError("item_id: " + itemId + " (expected: an item of " + id + ")"));
    }
}
