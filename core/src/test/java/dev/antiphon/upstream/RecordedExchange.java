package dev.antiphon.upstream;

import dev.antiphon.audio.AudioClip;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer of a provider as it was recorded, and how it is to be read.
 *
 * @param name {@code folder/case}, where its golden file lies
 * @param contentType null: it was not recorded
 */
record RecordedExchange(
        String name,
        Kind kind,
        Dialect dialect,
        int httpStatus,
        @Nullable String contentType,
        String body) {
    private static final int MAX_EVENT_BYTES = 1 << 20;
    private static final AudioClip ANY_CLIP = AudioClip.of(24_000, new byte[2]);

    /** Which decoder reads it. */
    enum Kind {
        CHAT,
        TRANSCRIPTION,
        STREAMED_TRANSCRIPTION,
        /** Speech, SRT, VTT and plain text: nothing of it is read, it is handed on as bytes. */
        BYTES
    }

    /** What the answer says when its body comes in the pieces that {@code cuts} makes of it. */
    List<String> read(BiConsumer<byte[], Consumer<ByteBuf>> cuts) {
        EventLog heard = new EventLog();
        ResponseDecoder decoder = decoder(heard);
        decoder.onHead(httpStatus, contentType);
        cuts.accept(body.getBytes(StandardCharsets.UTF_8), decoder::onBody);
        decoder.onEnd();
        return heard.lines();
    }

    private ResponseDecoder decoder(EventLog heard) {
        return switch (kind) {
            case CHAT -> new ReplyDecoder(MAX_EVENT_BYTES, dialect, true, heard);
            case TRANSCRIPTION -> transcription("whisper-1", heard);
            case STREAMED_TRANSCRIPTION -> transcription("gpt-4o-transcribe", heard);
            case BYTES -> new BodyDecoder(heard);
        };
    }

    private static ResponseDecoder transcription(String model, EventLog heard) {
        return new TranscriptionDecoder(MAX_EVENT_BYTES, new TranscriptionRequest(model, ANY_CLIP, null, null), heard);
    }

    @Override
    public String toString() {
        return name;
    }
}
