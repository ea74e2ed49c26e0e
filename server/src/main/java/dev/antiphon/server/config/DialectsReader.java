package dev.antiphon.server.config;

import dev.antiphon.upstream.Dialect;
import dev.antiphon.upstream.Dialect.Answer;
import dev.antiphon.upstream.Dialect.AudioPlace;
import dev.antiphon.upstream.Dialect.InputAudioForm;
import dev.antiphon.upstream.Dialect.KeyHeader;
import dev.antiphon.upstream.Dialect.Paths;
import dev.antiphon.upstream.Dialect.Request;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code dialects}: the operator's own, each like one that is known but for what it says.
 *
 * <p>Threading: confined to its caller.
 */
final class DialectsReader {
    private DialectsReader() {}

    /** @param section null: none of one's own   @return these and all that are known */
    static Map<String, Dialect> read(@Nullable Object section) {
        Map<String, Dialect> dialects = new HashMap<>(Dialect.KNOWN);
        if (section == null) return dialects;
        Fields named = Fields.of("dialects", section);
        for (String name : named.names()) {
            if (dialects.containsKey(name) || name.equals(UpstreamsReader.TWIN)) {
                throw new ConfigFault(named.placeOf(name), "known already", "a name of its own");
            }
            Fields fields = Fields.of(named.placeOf(name), nested(named, name));
            dialects.put(name, derived(name, fields));
            fields.refuseUnknown();
        }
        return dialects;
    }

    private static @Nullable Object nested(Fields named, String name) {
        return named.items(name).isEmpty() ? null : named.items(name).get(0).value();
    }

    private static Dialect derived(String name, Fields fields) {
        Dialect like = fields.oneOf("like", Dialect.KNOWN, Dialect.OPENAI);
        KeyHeader keyHeader = fields.oneOf("key-header", words(KeyHeader.values()), like.keyHeader());
        return new Dialect(
                name, paths(fields, like.paths()), keyHeader, request(fields, like.request()), answer(fields, like));
    }

    private static Paths paths(Fields fields, Paths like) {
        return new Paths(
                path(fields, "chat-path", like.chat()),
                path(fields, "transcriptions-path", like.transcriptions()),
                path(fields, "translations-path", like.translations()),
                path(fields, "speech-path", like.speech()),
                path(fields, "models-path", like.models()));
    }

    private static String path(Fields fields, String name, String otherwise) {
        String path = fields.text(name, otherwise);
        if (path.startsWith("/") && path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '?' && c != '#')) {
            return path;
        }
        throw new ConfigFault(fields.placeOf(name), path, "a path with a slash at its start, without a query");
    }

    private static Request request(Fields fields, Request like) {
        return new Request(
                fields.text("stream-audio-format", like.streamAudioFormat()),
                fields.text("max-tokens-field", like.maxTokensField()),
                fields.oneOf("input-audio", words(InputAudioForm.values()), like.inputAudio()),
                fields.flag("quotes-audio-ids", like.quotesAudioIds()),
                fields.flag("speaks-last-assistant-message", like.speaksLastAssistantMessage()));
    }

    private static Answer answer(Fields fields, Dialect like) {
        return new Answer(
                fields.oneOf(
                        "audio-place", words(AudioPlace.values()), like.answer().audioPlace()),
                fields.whole("sample-rate-hz", like.answer().sampleRateHz(), 8_000, 48_000),
                fields.flag("content-is-transcript", like.answer().contentIsTranscript()));
    }

    /** As the file writes them: {@code data-url}. */
    private static <T extends Enum<T>> Map<String, T> words(T[] values) {
        Map<String, T> words = new TreeMap<>();
        for (T value : values) words.put(value.name().toLowerCase(Locale.ROOT).replace('_', '-'), value);
        return words;
    }
}
