package dev.antiphon.server.cli;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import java.io.ByteArrayOutputStream;
import java.util.Base64;

/**
 * What a client collects of one answer.
 *
 * <p>Threading: confined to its caller.
 */
final class SpokenAnswer {
    private final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
    private final StringBuilder words = new StringBuilder();
    private String itemId = "";
    private String status = "";
    private String error = "";

    /** @return whether the answer is over */
    boolean add(ServerMessage event) {
        switch (event.type()) {
            case "response.output_audio.delta" -> {
                itemId = event.text("item_id");
                pcm.writeBytes(Base64.getDecoder().decode(event.text("delta")));
            }
            case "response.output_audio_transcript.delta", "response.output_text.delta" ->
                words.append(event.text("delta"));
            case "response.done" -> {
                status = event.text("response.status");
                error = event.text("response.status_details.error.message");
                return true;
            }
            default -> {}
        }
        return false;
    }

    /** The item that is being spoken; empty: nothing has been said aloud. */
    String itemId() {
        return itemId;
    }

    String words() {
        return words.toString();
    }

    String status() {
        return status;
    }

    /** Why it failed; empty: it did not. */
    String error() {
        return error;
    }

    boolean hasSound() {
        return pcm.size() > 0;
    }

    AudioClip clip() {
        return AudioClip.of(AudioFormat.PCM16_24KHZ.sampleRateHz(), pcm.toByteArray());
    }
}
