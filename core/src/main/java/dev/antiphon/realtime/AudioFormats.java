package dev.antiphon.realtime;

import dev.antiphon.audio.AudioFormat;
import java.io.IOException;

/** The audio formats of the Realtime protocol and what its dialects call them. */
final class AudioFormats {
    private AudioFormats() {}

    /** {@code {"type":"audio/pcm","rate":24000}} and its like. */
    static AudioFormat read(JsonCursor json, String path) throws IOException {
        String type = null;
        Integer sampleRateHz = null;
        json.enterObject(path);
        while (json.nextField()) {
            if (json.isNull()) continue;
            switch (json.field()) {
                case "type" -> type = json.text(path + ".type");
                case "rate" -> sampleRateHz = json.integer(path + ".rate", 1, Integer.MAX_VALUE);
                default -> json.skip();
            }
        }
        if (type == null) throw Faults.missing(path + ".type");
        AudioFormat format = switch (type) {
            case "audio/pcm" -> AudioFormat.PCM16_24KHZ;
            case "audio/pcmu" -> AudioFormat.MULAW_8KHZ;
            case "audio/pcma" -> AudioFormat.ALAW_8KHZ;
            default -> throw Faults.unsupportedValue(path + ".type", type, "audio/pcm", "audio/pcmu", "audio/pcma");
        };
        if (sampleRateHz != null && sampleRateHz != format.sampleRateHz()) {
            throw Faults.invalidValue(
                    path + ".rate",
                    path + ".rate: " + sampleRateHz + " (expected: " + format.sampleRateHz() + " for " + type + ")");
        }
        return format;
    }

    /** The beta's word for a format. */
    static AudioFormat readWord(JsonCursor json, String path) throws IOException {
        String word = json.text(path);
        return switch (word) {
            case "pcm16" -> AudioFormat.PCM16_24KHZ;
            case "g711_ulaw" -> AudioFormat.MULAW_8KHZ;
            case "g711_alaw" -> AudioFormat.ALAW_8KHZ;
            default -> throw Faults.unsupportedValue(path, word, "pcm16", "g711_ulaw", "g711_alaw");
        };
    }

    static void write(AudioFormat format, JsonWriter json) {
        json.beginObject("format");
        switch (format.encoding()) {
            case PCM16 -> {
                json.text("type", "audio/pcm");
                json.number("rate", format.sampleRateHz());
            }
            case MULAW -> json.text("type", "audio/pcmu");
            case ALAW -> json.text("type", "audio/pcma");
        }
        json.end();
    }

    static String wordOf(AudioFormat format) {
        return switch (format.encoding()) {
            case PCM16 -> "pcm16";
            case MULAW -> "g711_ulaw";
            case ALAW -> "g711_alaw";
        };
    }
}
