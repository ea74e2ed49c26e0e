package dev.antiphon.bench.load.caller;

import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything callers ever say in one protocol, masked and ready to be sent.
 *
 * <p>Threading: thread-safe.
 */
final class CallerFrames implements AutoCloseable {
    private static final String QUESTION = "What comes next?";

    final @Nullable MaskedFrame greeting; // null: none
    final MaskedFrame[] sound = new MaskedFrame[CallerSound.FRAMES];
    final MaskedFrame[] turnEnd;
    final MaskedFrame[] question;
    final MaskedFrame cancel;

    private CallerFrames(
            @Nullable MaskedFrame greeting, MaskedFrame[] turnEnd, MaskedFrame[] question, MaskedFrame cancel) {
        this.greeting = greeting;
        this.turnEnd = turnEnd;
        this.question = question;
        this.cancel = cancel;
    }

    static CallerFrames of(CallerSettings settings) {
        return switch (settings.protocol()) {
            case REALTIME -> realtime(settings.areTurnsHeard());
            case PCM -> pcm();
            case SSE -> throw new IllegalArgumentException("sse: no frames (expected: a protocol of WebSockets)");
        };
    }

    /** Nobody sends them any more. */
    @Override
    public void close() {
        Set<MaskedFrame> all = new HashSet<>(); // some stand in two places
        if (greeting != null) all.add(greeting);
        Collections.addAll(all, sound);
        Collections.addAll(all, turnEnd);
        Collections.addAll(all, question);
        all.add(cancel);
        all.forEach(MaskedFrame::close);
    }

    private static CallerFrames realtime(boolean areTurnsHeard) {
        MaskedFrame create = MaskedFrame.text("{\"type\":\"response.create\"}");
        CallerFrames frames = new CallerFrames(
                areTurnsHeard
                        ? null
                        : MaskedFrame.text("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"audio\":"
                                + "{\"input\":{\"turn_detection\":null}}}}"),
                new MaskedFrame[] {MaskedFrame.text("{\"type\":\"input_audio_buffer.commit\"}"), create},
                new MaskedFrame[] {
                    MaskedFrame.text("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":"
                            + "\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"" + QUESTION + "\"}]}}"),
                    create
                },
                MaskedFrame.text("{\"type\":\"response.cancel\"}"));
        for (int i = 0; i < CallerSound.FRAMES; i++) {
            frames.sound[i] = MaskedFrame.text("{\"type\":\"input_audio_buffer.append\",\"audio\":\""
                    + Base64.getEncoder().encodeToString(CallerSound.frame(i)) + "\"}");
        }
        return frames;
    }

    private static CallerFrames pcm() {
        CallerFrames frames = new CallerFrames(
                null,
                new MaskedFrame[] {MaskedFrame.text("{\"type\":\"end\"}")},
                new MaskedFrame[] {MaskedFrame.text("{\"type\":\"text\",\"text\":\"" + QUESTION + "\"}")},
                MaskedFrame.text("{\"type\":\"cancel\"}"));
        for (int i = 0; i < CallerSound.FRAMES; i++) {
            frames.sound[i] = MaskedFrame.of(MaskedFrame.BINARY, CallerSound.frame(i));
        }
        return frames;
    }
}
