package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.antiphon.audio.Base64Pcm;
import dev.antiphon.sse.SseDecoder;
import dev.antiphon.sse.SseDecoder.UnfinishedEvent;
import dev.antiphon.sse.SseListener;
import io.netty.buffer.ByteBuf;

/**
 * The sound in the events of one streamed chat completion.
 *
 * <p>Threading: confined to the caller's event loop.
 */
final class ChatReader implements SseListener {
    private static final int MAX_EVENT_BYTES = 1 << 20;
    private static final byte[] AUDIO = ByteText.of("\"audio\":{");
    private static final byte[] DATA = ByteText.of("\"data\"");
    private static final byte[] ERROR = ByteText.of("{\"error\"");
    private static final byte[] DONE = ByteText.of("[DONE]");

    private final AnswerEvents out;
    private final SseDecoder events = new SseDecoder(MAX_EVENT_BYTES, UnfinishedEvent.DISCARDED);
    private final ByteBuf pcm;
    private long nowNanos; // when what is being read came

    /** @param scratch on the heap, for the sound of one event; lent for the reader's life */
    ChatReader(ByteBuf scratch, AnswerEvents out) {
        pcm = scratch;
        this.out = out;
    }

    /** @param body lent */
    void feed(ByteBuf body, long now) {
        nowNanos = now;
        events.feed(body, this);
    }

    @Override
    public void onEvent(String type, byte[] array, int offset, int length) {
        int to = offset + length;
        if (ByteText.startsWith(array, offset, to, DONE)) out.onAnswerEnded(false, nowNanos);
        else if (ByteText.startsWith(array, offset, to, ERROR))
            out.onErrorEvent(new String(array, offset, length, UTF_8));
        else readSound(array, offset, to);
    }

    private void readSound(byte[] array, int from, int to) {
        int audio = ByteText.find(AUDIO, array, from, to);
        if (audio < 0) return;
        int start = ByteText.valueOf(DATA, array, audio, to);
        if (start < 0) return;
        int end = start;
        while (end < to && array[end] != '"') end++;
        pcm.clear();
        if (!Base64Pcm.decode(array, start, end - start, pcm)) {
            throw new IllegalArgumentException("data: not base64 (expected: RFC 4648 §4)");
        }
        out.onSound(pcm.array(), pcm.arrayOffset(), pcm.arrayOffset() + pcm.writerIndex(), nowNanos);
    }

    @Override
    public void onOversized(int maxEventBytes) {
        throw new IllegalArgumentException("an event of more than " + maxEventBytes + " bytes");
    }
}
