package dev.antiphon.server.rest.audio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.antiphon.session.ClientFault;
import dev.antiphon.upstream.SpeechRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /v1/audio/speech}. Fields it does not know are skipped, and {@code null} is the same as
 * nothing.
 *
 * <p>Threading: confined to its caller.
 */
final class SpeechReader {
    static final int MAX_INPUT_CHARS = 4_096;
    /** Model names and voices end up in logs and accounts. */
    static final int MAX_NAME_CHARS = 256;

    private static final double LEAST_SPEED = 0.25;
    private static final double MOST_SPEED = 4;
    private static final Set<String> RESPONSE_FORMATS = Set.of("mp3", "opus", "aac", "flac", "wav", "pcm");
    private static final Set<String> STREAM_FORMATS = Set.of("audio", "sse");

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private final JsonParser json;
    private @Nullable String model;
    private @Nullable String input;
    private SpeechRequest.@Nullable Voice voice;
    private @Nullable String instructions;
    private String responseFormat = "mp3";
    private double speedRatio = 1;
    private String streamFormat = "audio";

    private SpeechReader(JsonParser json) {
        this.json = json;
    }

    /**
     * @param body lent; read to its end
     * @throws ClientFault naming the field at fault
     */
    static SpeechRequest read(ByteBuf body) {
        try (JsonParser json = JSON.createParser((InputStream) new ByteBufInputStream(body))) {
            return new SpeechReader(json).read();
        } catch (IOException e) {
            throw new ClientFault("invalid_json", "The body is not valid JSON.", null, null);
        }
    }

    private SpeechRequest read() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) throw invalidType("body", "an object");
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (value != JsonToken.VALUE_NULL) readField(field, value);
        }
        if (json.nextToken() != null) {
            throw new ClientFault("invalid_json", "The body is more than one JSON value.", null, null);
        }
        if (model == null) throw missing("model");
        if (input == null) throw missing("input");
        if (voice == null) throw missing("voice");
        return new SpeechRequest(
                model, input, voice, instructions, new SpeechRequest.Form(responseFormat, speedRatio, streamFormat));
    }

    private void readField(String field, JsonToken value) throws IOException {
        switch (field) {
            case "model" -> model = name("model", value);
            case "input" -> input = inputOf(value);
            case "voice" -> voice = voiceOf(value);
            case "instructions" -> instructions = text("instructions", value);
            case "response_format" -> responseFormat = oneOf(RESPONSE_FORMATS, "response_format", value);
            case "speed" -> speedRatio = speedOf(value);
            case "stream_format" -> streamFormat = oneOf(STREAM_FORMATS, "stream_format", value);
            default -> json.skipChildren();
        }
    }

    private String inputOf(JsonToken value) throws IOException {
        String said = text("input", value);
        int chars = said.codePointCount(0, said.length());
        if (chars == 0) throw invalidValue("input", "empty", "1 to " + MAX_INPUT_CHARS + " characters");
        if (chars <= MAX_INPUT_CHARS) return said;
        throw new ClientFault(
                "string_above_max_length",
                "input: " + chars + " characters (expected: at most " + MAX_INPUT_CHARS + ")",
                "input",
                null);
    }

    /** {@code "alloy"}, or {@code {"id":"voice_1234"}}. */
    private SpeechRequest.Voice voiceOf(JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            if (value != JsonToken.VALUE_STRING) throw invalidType("voice", "a string or an object with an id");
            return new SpeechRequest.Voice(name("voice", value), false);
        }
        String id = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            boolean isId = json.currentName().equals("id");
            JsonToken member = json.nextToken();
            if (isId) id = name("voice.id", member);
            else json.skipChildren();
        }
        if (id == null) throw missing("voice.id");
        return new SpeechRequest.Voice(id, true);
    }

    private double speedOf(JsonToken value) throws IOException {
        if (!value.isNumeric()) throw invalidType("speed", "a number");
        double speed = json.getDoubleValue();
        if (speed >= LEAST_SPEED && speed <= MOST_SPEED) return speed;
        throw invalidValue("speed", json.getText(), LEAST_SPEED + " to " + MOST_SPEED);
    }

    private String oneOf(Set<String> known, String param, JsonToken value) throws IOException {
        String word = text(param, value);
        if (known.contains(word)) return word;
        throw invalidValue(param, "unknown", String.join(", ", new TreeSet<>(known)));
    }

    private String name(String param, JsonToken value) throws IOException {
        String name = text(param, value);
        if (!name.isBlank() && name.length() <= MAX_NAME_CHARS) return name;
        throw invalidValue(param, name.length() + " characters", "1 to " + MAX_NAME_CHARS);
    }

    private String text(String param, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) throw invalidType(param, "a string");
        return json.getText();
    }

    private static ClientFault missing(String param) {
        return new ClientFault(
                "missing_required_parameter", "Missing required parameter: '" + param + "'.", param, null);
    }

    private static ClientFault invalidType(String param, String expected) {
        return new ClientFault("invalid_type", param + ": another type (expected: " + expected + ")", param, null);
    }

    private static ClientFault invalidValue(String param, String value, String expected) {
        return new ClientFault("invalid_value", param + ": " + value + " (expected: " + expected + ")", param, null);
    }
}
