package dev.antiphon.bench.load.caller;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A chat completion that asks with a caller's voice. The sound is encoded once for all; a request is a head and copies of
 * it.
 *
 * <pre>
 *  POST … Content-Length: n \r\n\r\n | {…"data":" | base64 of 2 s, repeated, and a rest | "…}
 * </pre>
 *
 * <p>Threading: thread-safe.
 */
final class SpokenRequest {
    private static final String BEFORE =
            "{\"model\":\"scripted\",\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":"
                    + "\"alloy\",\"format\":\"pcm16\"},\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":";
    private static final String AFTER = "}]}";
    private static final String SOUND_BEFORE =
            "[{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"pcm16\",\"data\":\"";
    private static final String SOUND_AFTER = "\"}}]";
    private static final String WORDS = "\"What comes next?\"";
    private static final int FRAME_CHARS = CallerSound.FRAME_BYTES / 3 * 4;
    private static final byte[] VOICE = encodedVoice();

    private SpokenRequest() {}

    /**
     * @param voiceFrames how long the caller spoke; 0: it writes
     * @return given
     */
    static ByteBuf of(CallerTarget target, int voiceFrames) {
        String before = voiceFrames == 0 ? BEFORE + WORDS + AFTER : BEFORE + SOUND_BEFORE;
        String after = voiceFrames == 0 ? "" : SOUND_AFTER + AFTER;
        int soundChars = voiceFrames * FRAME_CHARS;
        String head = "POST " + target.path() + " HTTP/1.1\r\nHost: " + target.host()
                + "\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: "
                + (before.length() + soundChars + after.length()) + "\r\n\r\n";
        ByteBuf request = Unpooled.buffer(head.length() + before.length() + soundChars + after.length());
        request.writeCharSequence(head, US_ASCII);
        request.writeCharSequence(before, US_ASCII);
        for (int left = soundChars; left > 0; left -= VOICE.length) {
            request.writeBytes(VOICE, 0, Math.min(left, VOICE.length));
        }
        request.writeCharSequence(after, US_ASCII);
        return request;
    }

    private static byte[] encodedVoice() {
        ByteBuffer voice = ByteBuffer.allocate(CallerSound.VOICE_FRAMES * FRAME_CHARS);
        for (int frame = 0; frame < CallerSound.VOICE_FRAMES; frame++) {
            voice.put(Base64.getEncoder().encode(CallerSound.frame(frame)));
        }
        return voice.array();
    }
}
