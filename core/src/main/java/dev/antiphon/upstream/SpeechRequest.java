package dev.antiphon.upstream;

import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * One request to {@code POST …/audio/speech}.
 *
 * <p>Threading: immutable.
 *
 * @param input what to say, at most 4,096 characters at OpenAI
 * @param instructions how to say it; null: as the voice does
 * @param form of the answer
 */
public record SpeechRequest(
        String model, String input, Voice voice, @Nullable String instructions, Form form) implements BodyRequest {

    public SpeechRequest(String model, String input, String voice, @Nullable String instructions, Form form) {
        this(model, input, new Voice(voice, false), instructions, form);
    }

    /**
     * Who speaks.
     *
     * @param isOwn one that the account has made for itself: named by its id, in an object
     */
    public record Voice(String name, boolean isOwn) {}

    /**
     * @param responseFormat {@code mp3}, {@code opus}, {@code aac}, {@code flac}, {@code wav} or {@code pcm}, which is
     *     PCM16 little-endian mono at 24 kHz
     * @param speedRatio 0.25 to 4; 1: as the voice speaks
     * @param streamFormat {@code audio} or {@code sse}
     */
    public record Form(String responseFormat, double speedRatio, String streamFormat) {
        public static final Form PCM = new Form("pcm", 1, "audio");

        public Form withResponseFormat(String newResponseFormat) {
            return new Form(newResponseFormat, speedRatio, streamFormat);
        }
    }

    public SpeechRequest withForm(Form newForm) {
        return new SpeechRequest(model, input, voice, instructions, newForm);
    }

    @Override
    public Endpoint endpoint() {
        return Endpoint.SPEECH;
    }

    @Override
    public String write(String upstreamModel, Dialect dialect, ByteBuf out) {
        try (JsonGenerator json = EventJson.FACTORY.createGenerator((OutputStream) new ByteBufOutputStream(out))) {
            json.writeStartObject();
            json.writeStringField("model", upstreamModel);
            json.writeStringField("input", input);
            if (voice.isOwn()) {
                json.writeObjectFieldStart("voice");
                json.writeStringField("id", voice.name());
                json.writeEndObject();
            } else {
                json.writeStringField("voice", voice.name());
            }
            if (instructions != null) json.writeStringField("instructions", instructions);
            json.writeStringField("response_format", form.responseFormat());
            if (form.speedRatio() != 1) json.writeNumberField("speed", form.speedRatio());
            if (!form.streamFormat().equals("audio")) json.writeStringField("stream_format", form.streamFormat());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a buffer has no disk that could be full
        }
        return "application/json";
    }
}
