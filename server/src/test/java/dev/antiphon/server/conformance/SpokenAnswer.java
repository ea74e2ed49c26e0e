package dev.antiphon.server.conformance;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What was heard and read of one response.
 *
 * <p>Threading: confined to its caller.
 */
public final class SpokenAnswer {
    private final String responseId;
    private final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
    private final StringBuilder transcript = new StringBuilder();
    private String itemId = ""; // of the message; empty: there is none yet
    private @Nullable Frame done;

    public SpokenAnswer(Frame created) {
        responseId = created.text("response", "id");
    }

    /** @return whether it was the response's last event */
    public boolean add(Frame event) {
        switch (event.type()) {
            case "response.output_audio.delta" -> {
                itemId = event.itemId();
                pcm.writeBytes(event.audio());
            }
            case "response.output_audio_transcript.delta" -> {
                itemId = event.itemId();
                transcript.append(event.text("delta"));
            }
            case "response.done" -> done = event;
            default -> {}
        }
        return done != null;
    }

    public String responseId() {
        return responseId;
    }

    public String itemId() {
        return itemId;
    }

    public String transcript() {
        return transcript.toString();
    }

    boolean hasMillis(long millis) {
        return sound().millis() >= millis;
    }

    public AudioClip sound() {
        return AudioClip.of(AudioFormat.PCM16_24KHZ.sampleRateHz(), pcm.toByteArray());
    }

    public Frame done() {
        if (done == null) throw new AssertionError("response " + responseId + " is not done");
        return done;
    }

    public String status() {
        return done().text("response", "status");
    }
}
