package dev.antiphon.server.twin.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/audio/speech} to a {@link SpeechOrder}, or a {@link Refusal} with the provider's words. Of
 * the formats it can only make {@code pcm} and {@code wav}, and says so.
 *
 * <p>Threading: confined to its caller; made for one body.
 */
public final class SpeechOrderReader {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MOST_CHARS = 4_096;
    private static final double LEAST_SPEED = 0.25;
    private static final double MOST_SPEED = 4;
    private static final Set<String> OTHER_FORMATS = Set.of("mp3", "opus", "aac", "flac");
    private static final Set<String> MODELS_WITHOUT_EVENTS = Set.of("tts-1", "tts-1-hd");

    private final Set<String> voices;
    private @Nullable String model;
    private @Nullable String input;
    private @Nullable String voice;
    private String format = "mp3"; // the provider's default
    private double speedRatio = 1;
    private String streamFormat = "audio";

    /** @param voices the names that exist */
    public SpeechOrderReader(Set<String> voices) {
        this.voices = voices;
    }

    /** @throws Refusal where the provider answers 400, and where the twin cannot make what it could */
    public SpeechOrder read(InputStream body) {
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) throw TwinRequestReader.unparsable();
            while (json.nextToken() == JsonToken.FIELD_NAME) readMember(json);
            if (json.nextToken() != null) throw TwinRequestReader.unparsable();
        } catch (IOException e) {
            throw TwinRequestReader.unparsable();
        }
        return order();
    }

    private void readMember(JsonParser json) throws IOException {
        String field = json.currentName();
        JsonToken value = json.nextToken();
        if (value == JsonToken.VALUE_NULL) return;
        switch (field) {
            case "model" -> model = TwinRequestReader.string(json, "model");
            case "input" -> input = TwinRequestReader.string(json, "input");
            case "voice" ->
                voice = value == JsonToken.START_OBJECT ? voiceId(json) : TwinRequestReader.string(json, field);
            case "response_format" -> format = TwinRequestReader.string(json, field);
            case "speed" -> {
                if (!value.isNumeric()) throw TwinRequestReader.wrongType("speed", "a decimal number");
                speedRatio = json.getDoubleValue();
            }
            case "stream_format" -> streamFormat = TwinRequestReader.string(json, field);
            default -> json.skipChildren();
        }
    }

    /** A voice of the customer's own, of which the twin has none; the names of the others may stand here too. */
    private static @Nullable String voiceId(JsonParser json) throws IOException {
        String id = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean isId = "id".equals(json.currentName());
            json.nextToken();
            if (isId) id = TwinRequestReader.string(json, "voice.id");
            else json.skipChildren();
        }
        return id;
    }

    private SpeechOrder order() {
        if (model == null) throw Refusal.badRequest("you must provide a model parameter", null, null);
        if (input == null) throw Refusal.missingParameter("input");
        if (voice == null) throw Refusal.missingParameter("voice");
        checkInput(input);
        if (!voices.contains(voice)) {
            throw Refusal.badRequest(
                    "Invalid value: '" + voice + "'. Supported values are: " + TwinRequestReader.enumerate(voices)
                            + ".",
                    "voice",
                    "invalid_value");
        }
        checkSpeed();
        return new SpeechOrder(model, input, voice, speedRatio, form(model));
    }

    private static void checkInput(String input) {
        if (input.isEmpty()) {
            throw Refusal.badRequest(
                    "Invalid 'input': empty string. Expected a string with minimum length 1, but got an empty string"
                            + " instead.",
                    "input",
                    "empty_string");
        }
        if (input.length() <= MOST_CHARS) return;
        throw Refusal.badRequest(
                "Invalid 'input': string too long. Expected a string with maximum length " + MOST_CHARS
                        + ", but got a string with length " + input.length() + " instead.",
                "input",
                "string_above_max_length");
    }

    private void checkSpeed() {
        if (speedRatio >= LEAST_SPEED && speedRatio <= MOST_SPEED) return;
        boolean isAbove = speedRatio > MOST_SPEED;
        throw Refusal.badRequest(
                "Invalid 'speed': decimal " + (isAbove ? "above maximum" : "below minimum")
                        + " value. Expected a value " + (isAbove ? "<= 4.0" : ">= 0.25") + ", but got " + speedRatio
                        + " instead.",
                "speed",
                isAbove ? "decimal_above_max_value" : "decimal_below_min_value");
    }

    private SpeechOrder.Form form(String checkedModel) {
        if (OTHER_FORMATS.contains(format)) {
            throw Refusal.badRequest(
                    "Unsupported value: 'response_format' does not support '" + format
                            + "' with this model. Supported values are: 'pcm' and 'wav'.",
                    "response_format",
                    "unsupported_value");
        }
        if (!format.equals("pcm") && !format.equals("wav")) {
            throw Refusal.badRequest(
                    "Invalid value: '" + format
                            + "'. Supported values are: 'mp3', 'opus', 'aac', 'flac', 'wav', and 'pcm'.",
                    "response_format",
                    "invalid_value");
        }
        boolean isEventStream = streamFormat.equals("sse");
        if (!isEventStream && !streamFormat.equals("audio")) {
            throw Refusal.badRequest(
                    "Invalid value: '" + streamFormat + "'. Supported values are: 'sse' and 'audio'.",
                    "stream_format",
                    "invalid_value");
        }
        if (isEventStream && MODELS_WITHOUT_EVENTS.contains(checkedModel)) {
            throw Refusal.badRequest(
                    "Unsupported value: 'stream_format' does not support 'sse' with this model. Supported values are:"
                            + " 'audio'.",
                    "stream_format",
                    "unsupported_value");
        }
        return new SpeechOrder.Form(format.equals("wav"), isEventStream);
    }
}
