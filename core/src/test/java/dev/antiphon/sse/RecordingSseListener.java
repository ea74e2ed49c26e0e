package dev.antiphon.sse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down what a decoder says. */
final class RecordingSseListener implements SseListener {
    final List<Event> events = new ArrayList<>();
    final List<byte[]> arrays = new ArrayList<>();
    int comments;

    @Nullable
    Long retryMillis;

    @Nullable
    Integer oversizedAt;

    private final SseDecoder decoder;

    record Event(String type, String data, String lastEventId) {}

    RecordingSseListener(SseDecoder decoder) {
        this.decoder = decoder;
    }

    List<String> data() {
        return events.stream().map(Event::data).toList();
    }

    @Override
    public void onEvent(String type, byte[] array, int offset, int length) {
        if (oversizedAt != null) throw new AssertionError("an event after the last call");
        events.add(new Event(type, new String(array, offset, length, StandardCharsets.UTF_8), decoder.lastEventId()));
        arrays.add(array);
    }

    @Override
    public void onComment() {
        comments++;
    }

    @Override
    public void onRetry(long millis) {
        retryMillis = millis;
    }

    @Override
    public void onOversized(int maxEventBytes) {
        if (oversizedAt != null) throw new AssertionError("oversized twice");
        oversizedAt = maxEventBytes;
    }
}
