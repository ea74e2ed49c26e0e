package dev.antiphon.server.twin.wire;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.Wav;
import dev.antiphon.audio.WavFault;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpDataFactory;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /v1/audio/transcriptions} or {@code …/translations} and refuses what the provider refuses. Of the formats a file may
 * have it can only read WAV.
 *
 * <p>Threading: thread-safe, stateless.
 */
public final class TranscriptionFormReader {
    /** In memory, whatever its size: the body is there already. */
    private static final HttpDataFactory IN_MEMORY = new DefaultHttpDataFactory(false);

    private static final int MAX_FILE_BYTES = 26_214_400;
    private static final long LEAST_MILLIS = 100;
    private static final long MOST_SECONDS = 1_400;
    private static final List<String> FILE_FORMATS =
            List.of("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm");
    private static final Set<String> LANGUAGES = Set.of(Locale.getISOLanguages());
    private static final String WHISPER = "whisper-1";
    private static final Set<String> RESPONSE_FORMATS = Set.of("json", "text", "srt", "verbose_json", "vtt");
    /** Nobody is told apart here. */
    private static final String DIARIZED = "diarized_json";

    private static final String GRANULARITIES = "timestamp_granularities[]";

    private TranscriptionFormReader() {}

    /**
     * @param request lent
     * @param task of {@link TranscriptShape}
     * @throws Refusal where the provider refuses
     */
    public static TranscriptionForm read(FullHttpRequest request, String task) {
        if (!HttpPostRequestDecoder.isMultipart(request)) {
            throw Refusal.badRequest("Could not parse multipart form", null, null);
        }
        HttpPostRequestDecoder parts = null;
        try {
            parts = new HttpPostRequestDecoder(IN_MEMORY, request);
            return read(parts.getBodyHttpDatas(), task);
        } catch (HttpPostRequestDecoder.ErrorDataDecoderException
                | HttpPostRequestDecoder.TooManyFormFieldsException
                | HttpPostRequestDecoder.TooLongFormFieldException notMultipart) {
            throw Refusal.badRequest("Could not parse multipart form", null, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (parts != null) parts.destroy();
        }
    }

    private static TranscriptionForm read(List<InterfaceHttpData> parts, String task) throws IOException {
        Map<String, String> fields = new HashMap<>();
        Set<String> granularities = new HashSet<>();
        FileUpload file = null;
        for (InterfaceHttpData part : parts) {
            if (part instanceof FileUpload upload && part.getName().equals("file")) {
                file = upload;
            } else if (part instanceof Attribute field) {
                if (field.getName().equals(GRANULARITIES)) granularities.add(field.getValue());
                else fields.put(field.getName(), field.getValue());
            }
        }
        String model = fields.getOrDefault("model", "");
        if (model.isEmpty()) throw Refusal.badRequest("you must provide a model parameter", "model", null);
        if (file == null) throw Refusal.missingParameter("file");
        checkLanguage(fields.get("language"));
        if (task.equals(TranscriptShape.TRANSLATE)) checkTranslates(model);
        String format = fields.getOrDefault("response_format", "json");
        checkResponseFormat(format, model);
        checkGranularities(granularities, format);
        boolean hasWords = granularities.contains("word");
        boolean hasSegments = granularities.isEmpty() || granularities.contains("segment");
        boolean stream = readStream(fields.getOrDefault("stream", "false"));
        return new TranscriptionForm(
                model,
                readClip(file),
                fields.getOrDefault("prompt", ""),
                stream,
                new TranscriptShape(task, format, hasSegments, hasWords));
    }

    private static void checkLanguage(@Nullable String language) {
        if (language == null || LANGUAGES.contains(language.toLowerCase(Locale.ROOT))) return;
        throw Refusal.badRequest(
                "Invalid language '" + language + "'. Language parameter must be specified in ISO-639-1 format.",
                "language",
                "invalid_language_format");
    }

    /** One model translates, and whatever has a name that no provider uses. */
    private static void checkTranslates(String model) {
        if (!isModern(model)) return;
        throw Refusal.badRequest(
                "The model '" + model + "' does not translate. Use '" + WHISPER + "' instead.",
                "model",
                "invalid_value");
    }

    private static void checkResponseFormat(String format, String model) {
        if (!RESPONSE_FORMATS.contains(format) && !format.equals(DIARIZED)) {
            throw Refusal.badRequest("Invalid value: '" + format + "'.", "response_format", "invalid_value");
        }
        boolean isCompatible = isModern(model) ? format.equals("json") : !format.equals(DIARIZED);
        if (isCompatible) return;
        throw Refusal.badRequest(
                "response_format '" + format + "' is not compatible with model '" + model + "'. Use 'json' instead.",
                "response_format",
                "unsupported_value");
    }

    /** Those after Whisper write nothing but JSON. */
    private static boolean isModern(String model) {
        return model.startsWith("gpt-");
    }

    private static void checkGranularities(Set<String> granularities, String format) {
        if (granularities.isEmpty()) return;
        if (!format.equals("verbose_json")) {
            throw Refusal.badRequest(
                    "Timestamp granularities are only supported with response_format 'verbose_json'.",
                    "timestamp_granularities",
                    "unsupported_value");
        }
        for (String granularity : granularities) {
            if (granularity.equals("word") || granularity.equals("segment")) continue;
            throw Refusal.badRequest(
                    "Invalid value: '" + granularity + "'. Supported values are: 'word' and 'segment'.",
                    "timestamp_granularities",
                    "invalid_value");
        }
    }

    private static boolean readStream(String stream) {
        return switch (stream.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw Refusal.badRequest("Invalid value: '" + stream + "'.", "stream", "invalid_value");
        };
    }

    private static AudioClip readClip(FileUpload file) throws IOException {
        if (file.length() > MAX_FILE_BYTES) {
            throw Refusal.of(
                    413,
                    "invalid_request_error",
                    "Maximum content size limit (" + MAX_FILE_BYTES + ") exceeded (" + file.length() + " bytes read)",
                    null,
                    null);
        }
        String name = file.getFilename();
        String format = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (!FILE_FORMATS.contains(format)) {
            String formats =
                    FILE_FORMATS.stream().map(known -> "'" + known + "'").collect(Collectors.joining(", "));
            throw Refusal.badRequest("Invalid file format. Supported formats: [" + formats + "]", null, null);
        }
        return checkLength(readWav(file.get()));
    }

    private static AudioClip readWav(byte[] file) {
        try {
            return Wav.read(file);
        } catch (WavFault unreadable) {
            throw Refusal.badRequest("Audio file might be corrupted or unsupported", "file", "invalid_value");
        }
    }

    private static AudioClip checkLength(AudioClip clip) {
        if (clip.millis() < LEAST_MILLIS) {
            throw Refusal.badRequest(
                    "Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short");
        }
        if (clip.millis() <= MOST_SECONDS * 1_000) return clip;
        throw Refusal.badRequest(
                "audio duration " + clip.millis() / 1_000.0 + " seconds is longer than " + MOST_SECONDS
                        + " seconds which is the maximum for this model",
                null,
                "invalid_value");
    }
}
