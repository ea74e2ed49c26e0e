package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The messages of {@code pcm.v1} that matter to a caller; all others are passed over.
 *
 * <p>Threading: stateless.
 */
final class PcmReader implements MessageReader {
    private static final byte[] TYPE = ByteText.of("\"type\"");
    private static final byte[] STATE = ByteText.of("\"state\"");
    private static final byte[] MS = ByteText.of("\"ms\"");
    private static final byte[] SPEECH = ByteText.of("speech\"");
    private static final byte[] REPLY = ByteText.of("reply\"");
    private static final byte[] CLEAR = ByteText.of("clear\"");
    private static final byte[] ERROR = ByteText.of("error\"");
    private static final byte[] START = ByteText.of("start\"");
    private static final byte[] STOP = ByteText.of("stop\"");
    private static final byte[] END = ByteText.of("end\"");

    @Override
    public void read(boolean isText, byte[] payload, int length, long nowNanos, AnswerEvents out) {
        if (!isText) {
            out.onSound(payload, 0, length, nowNanos);
            return;
        }
        int type = ByteText.valueOf(TYPE, payload, 0, length);
        if (type < 0) return;
        if (ByteText.startsWith(payload, type, length, SPEECH)) {
            if (isState(START, payload, length)) out.onSpeechStarted(nowNanos);
            if (isState(STOP, payload, length)) out.onSpeechStopped(ByteText.numberOf(MS, payload, 0, length));
        } else if (ByteText.startsWith(payload, type, length, REPLY)) {
            if (isState(END, payload, length)) out.onAnswerEnded(false, nowNanos);
        } else if (ByteText.startsWith(payload, type, length, CLEAR)) {
            out.onAnswerEnded(false, nowNanos);
        } else if (ByteText.startsWith(payload, type, length, ERROR)) {
            out.onErrorEvent(new String(payload, 0, length, UTF_8));
        }
    }

    private static boolean isState(byte[] state, byte[] payload, int length) {
        int at = ByteText.valueOf(STATE, payload, 0, length);
        return at >= 0 && ByteText.startsWith(payload, at, length, state);
    }
}
