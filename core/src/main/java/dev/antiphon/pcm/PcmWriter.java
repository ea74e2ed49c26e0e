package dev.antiphon.pcm;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.audio.AudioFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the text messages of {@code pcm.v1}: one JSON object, the payload of one text frame. Audio needs no writer: it
 * is the payload of a binary frame as it is.
 *
 * <p>Threading: confined to its caller. All buffers are given.
 */
public final class PcmWriter {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int INITIAL_BYTES = 256;

    /** Why a client has to drop what it has not played. */
    public enum ClearReason {
        /** The person has begun to speak, or to type. */
        BARGE_IN("barge-in"),
        /** The client asked for it. */
        CANCEL("cancel");

        private final String wireName;

        ClearReason(String wireName) {
            this.wireName = wireName;
        }
    }

    private final ByteBufAllocator alloc;

    public PcmWriter(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    public ByteBuf ready(String sessionId, PcmSettings.Sound sound) {
        return message("ready", json -> {
            text(json, "session", sessionId);
            format(json, "in", sound.in());
            format(json, "out", sound.out());
        });
    }

    /** @param millis position in all audio the client has sent */
    public ByteBuf speech(boolean isStart, long millis) {
        return message("speech", json -> {
            json.writeStringField("state", isStart ? "start" : "stop");
            json.writeNumberField("ms", millis);
        });
    }

    /** @param text of the turn so far */
    public ByteBuf partialTranscript(String itemId, String text) {
        return message("partial", json -> {
            text(json, "item", itemId);
            text(json, "text", text);
        });
    }

    public ByteBuf finalTranscript(String itemId, String text) {
        return message("final", json -> {
            text(json, "item", itemId);
            text(json, "text", text);
        });
    }

    public ByteBuf replyStart(String itemId) {
        return message("reply", json -> {
            json.writeStringField("state", "start");
            text(json, "item", itemId);
        });
    }

    /** @param millis of all audio that was sent of the item */
    public ByteBuf replyEnd(String itemId, long millis) {
        return message("reply", json -> {
            json.writeStringField("state", "end");
            text(json, "item", itemId);
            json.writeNumberField("ms", millis);
        });
    }

    public ByteBuf replyText(String itemId, String delta) {
        return message("text", json -> {
            text(json, "item", itemId);
            text(json, "delta", delta);
        });
    }

    public ByteBuf mark(String mark) {
        return message("mark", json -> text(json, "mark", mark));
    }

    public ByteBuf clear(String itemId, ClearReason reason) {
        return message("clear", json -> {
            text(json, "item", itemId);
            json.writeStringField("reason", reason.wireName);
        });
    }

    /** @param isFatal the connection ends */
    public ByteBuf error(String code, String sentence, boolean isFatal) {
        return message("error", json -> {
            text(json, "code", code);
            text(json, "message", sentence);
            json.writeBooleanField("fatal", isFatal);
        });
    }

    /** @param t one JSON value, as the client wrote it; null: it gave none */
    public ByteBuf pong(@Nullable String t) {
        return message("pong", json -> {
            if (t == null) return;
            json.writeFieldName("t");
            json.writeRawValue(t);
        });
    }

    public ByteBuf bye(String reason) {
        return message("bye", json -> text(json, "reason", reason));
    }

    private static void format(JsonGenerator json, String field, AudioFormat format) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField(
                "encoding",
                switch (format.encoding()) {
                    case PCM16 -> "s16le";
                    case MULAW -> "ulaw";
                    case ALAW -> "alaw";
                });
        json.writeNumberField("rate", format.sampleRateHz());
        json.writeEndObject();
    }

    /** A model's words may be cut inside a surrogate pair; what has no UTF-8 form is replaced. */
    private static void text(JsonGenerator json, String field, String value) throws IOException {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        json.writeFieldName(field);
        json.writeUTF8String(utf8, 0, utf8.length);
    }

    private ByteBuf message(String type, Body body) {
        ByteBuf frame = alloc.buffer(INITIAL_BYTES);
        boolean isWritten = false;
        try (OutputStream out = new ByteBufOutputStream(frame);
                JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("type", type);
            body.writeTo(json);
            json.writeEndObject();
            json.flush();
            isWritten = true;
            return frame;
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer refused JSON", e);
        } finally {
            if (!isWritten) frame.release();
        }
    }

    private interface Body {
        void writeTo(JsonGenerator json) throws IOException;
    }
}
