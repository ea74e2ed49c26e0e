package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.antiphon.audio.Base64Pcm;
import io.netty.buffer.ByteBuf;

/**
 * The events of the Realtime protocol that matter to a caller; all others are passed over.
 *
 * <p>Threading: confined to the caller's event loop.
 */
final class RealtimeReader implements MessageReader {
    private static final byte[] USUAL_START = ByteText.of("{\"type\":\"");
    private static final byte[] TYPE = ByteText.of("\"type\"");
    private static final byte[] AUDIO_DELTA = ByteText.of("response.output_audio.delta\"");
    private static final byte[] RESPONSE_DONE = ByteText.of("response.done\"");
    private static final byte[] SPEECH_STARTED = ByteText.of("input_audio_buffer.speech_started\"");
    private static final byte[] SPEECH_STOPPED = ByteText.of("input_audio_buffer.speech_stopped\"");
    private static final byte[] ERROR = ByteText.of("error\"");
    private static final byte[] DELTA = ByteText.of("\"delta\"");
    private static final byte[] AUDIO_END_MS = ByteText.of("\"audio_end_ms\"");
    private static final byte[] FAILED = ByteText.of("\"status\":\"failed\"");

    private final ByteBuf pcm;

    /** @param scratch on the heap, for the sound of one event; lent for the reader's life */
    RealtimeReader(ByteBuf scratch) {
        pcm = scratch;
    }

    @Override
    public void read(boolean isText, byte[] payload, int length, long nowNanos, AnswerEvents out) {
        if (!isText) return;
        int type = ByteText.startsWith(payload, 0, length, USUAL_START)
                ? USUAL_START.length
                : ByteText.valueOf(TYPE, payload, 0, length);
        if (type < 0) return;
        if (ByteText.startsWith(payload, type, length, AUDIO_DELTA)) {
            readSound(payload, type + AUDIO_DELTA.length, length, nowNanos, out);
        } else if (ByteText.startsWith(payload, type, length, RESPONSE_DONE)) {
            out.onAnswerEnded(ByteText.find(FAILED, payload, 0, length) >= 0, nowNanos);
        } else if (ByteText.startsWith(payload, type, length, SPEECH_STARTED)) {
            out.onSpeechStarted(nowNanos);
        } else if (ByteText.startsWith(payload, type, length, SPEECH_STOPPED)) {
            out.onSpeechStopped(ByteText.numberOf(AUDIO_END_MS, payload, type, length));
        } else if (ByteText.startsWith(payload, type, length, ERROR)) {
            out.onErrorEvent(new String(payload, 0, length, UTF_8));
        }
    }

    private void readSound(byte[] payload, int from, int length, long nowNanos, AnswerEvents out) {
        int start = ByteText.valueOf(DELTA, payload, from, length);
        if (start < 0) return;
        pcm.clear();
        // Mostly the delta is the last member; base64 holds no quote, so it shows where that is not so.
        boolean isLast = payload[length - 1] == '}' && payload[length - 2] == '"';
        if (!isLast || !Base64Pcm.decode(payload, start, length - 2 - start, pcm)) {
            int end = start;
            while (end < length && payload[end] != '"') end++;
            pcm.clear();
            if (!Base64Pcm.decode(payload, start, end - start, pcm)) {
                throw new IllegalArgumentException("delta: not base64 (expected: RFC 4648 §4)");
            }
        }
        out.onSound(pcm.array(), pcm.arrayOffset(), pcm.arrayOffset() + pcm.writerIndex(), nowNanos);
    }
}
