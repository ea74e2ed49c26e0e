package dev.antiphon.upstream;

import dev.antiphon.upstream.Dialect.Answer;
import dev.antiphon.upstream.Dialect.AudioPlace;
import dev.antiphon.upstream.Dialect.End;
import dev.antiphon.upstream.Dialect.InputAudioForm;
import dev.antiphon.upstream.Dialect.KeyHeader;
import dev.antiphon.upstream.Dialect.Paths;
import dev.antiphon.upstream.Dialect.Request;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Dialect} as names and texts, the way a configuration file has it. Every value has one name, and the same text
 * that says it reads it.
 *
 * <p>Threading: immutable.
 */
final class DialectValues {
    private static final String BASE_URL = "base-url";
    private static final String CHAT_PATH = "chat-path";
    private static final String TRANSCRIPTIONS_PATH = "transcriptions-path";
    private static final String TRANSLATIONS_PATH = "translations-path";
    private static final String SPEECH_PATH = "speech-path";
    private static final String MODELS_PATH = "models-path";
    private static final String KEY_HEADER = "key-header";
    private static final String STREAM_AUDIO_FORMAT = "stream-audio-format";
    private static final String MAX_TOKENS_FIELD = "max-tokens-field";
    private static final String INPUT_AUDIO = "input-audio";
    private static final String QUOTES_AUDIO_IDS = "quotes-audio-ids";
    private static final String SPEAKS_LAST_ASSISTANT_MESSAGE = "speaks-last-assistant-message";
    private static final String AUDIO_PLACE = "audio-place";
    private static final String SAMPLE_RATE_HZ = "sample-rate-hz";
    private static final String CONTENT_IS_TRANSCRIPT = "content-is-transcript";
    private static final String END = "end";

    static final Set<String> KEYS = Collections.unmodifiableSet(new TreeSet<>(List.of(
            BASE_URL,
            CHAT_PATH,
            TRANSCRIPTIONS_PATH,
            TRANSLATIONS_PATH,
            SPEECH_PATH,
            MODELS_PATH,
            KEY_HEADER,
            STREAM_AUDIO_FORMAT,
            MAX_TOKENS_FIELD,
            INPUT_AUDIO,
            QUOTES_AUDIO_IDS,
            SPEAKS_LAST_ASSISTANT_MESSAGE,
            AUDIO_PLACE,
            SAMPLE_RATE_HZ,
            CONTENT_IS_TRANSCRIPT,
            END)));

    /** What a request line can hold as it is (RFC 3986 §3.3), and the model's place. */
    private static final Pattern PATH = Pattern.compile("(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]|\\{model\\})*+)++");

    private static final Pattern URL =
            Pattern.compile("https?://[^\\s/?#@]++(?:/[^\\s?#@]*+)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern WORD = Pattern.compile("[a-z0-9_-]{1,40}");
    private static final Pattern MAX_TOKENS = Pattern.compile("max_completion_tokens|max_tokens");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");

    private final String name;
    private final Map<String, String> texts;

    private DialectValues(String name, Map<String, String> texts) {
        this.name = name;
        this.texts = texts;
    }

    static Dialect derive(Dialect from, String newName, Map<String, String> overrides) {
        Map<String, String> texts = textsOf(from);
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            if (!KEYS.contains(override.getKey())) {
                throw new IllegalArgumentException(
                        "dialect " + newName + ": " + override.getKey() + " (expected: one of " + KEYS + ")");
            }
            texts.put(override.getKey(), override.getValue());
        }
        return new DialectValues(newName, texts).read();
    }

    private static Map<String, String> textsOf(Dialect dialect) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (dialect.baseUrl() != null) texts.put(BASE_URL, dialect.baseUrl());
        Paths paths = dialect.paths();
        texts.put(CHAT_PATH, paths.chat());
        texts.put(TRANSCRIPTIONS_PATH, paths.transcriptions());
        texts.put(TRANSLATIONS_PATH, paths.translations());
        texts.put(SPEECH_PATH, paths.speech());
        texts.put(MODELS_PATH, paths.models());
        texts.put(KEY_HEADER, textOf(dialect.keyHeader()));
        Request request = dialect.request();
        texts.put(STREAM_AUDIO_FORMAT, request.streamAudioFormat());
        texts.put(MAX_TOKENS_FIELD, request.maxTokensField());
        texts.put(INPUT_AUDIO, textOf(request.inputAudio()));
        texts.put(QUOTES_AUDIO_IDS, Boolean.toString(request.quotesAudioIds()));
        texts.put(SPEAKS_LAST_ASSISTANT_MESSAGE, Boolean.toString(request.speaksLastAssistantMessage()));
        Answer answer = dialect.answer();
        texts.put(AUDIO_PLACE, textOf(answer.audioPlace()));
        texts.put(SAMPLE_RATE_HZ, Integer.toString(answer.sampleRateHz()));
        texts.put(CONTENT_IS_TRANSCRIPT, Boolean.toString(answer.contentIsTranscript()));
        texts.put(END, textOf(answer.end()));
        return texts;
    }

    private Dialect read() {
        return new Dialect(
                name,
                baseUrl(),
                new Paths(
                        path(CHAT_PATH),
                        path(TRANSCRIPTIONS_PATH),
                        path(TRANSLATIONS_PATH),
                        path(SPEECH_PATH),
                        path(MODELS_PATH)),
                choice(KEY_HEADER, KeyHeader.values()),
                new Request(
                        text(STREAM_AUDIO_FORMAT, WORD, "a word such as pcm16, pcm or wav"),
                        text(MAX_TOKENS_FIELD, MAX_TOKENS, "max_completion_tokens or max_tokens"),
                        choice(INPUT_AUDIO, InputAudioForm.values()),
                        flag(QUOTES_AUDIO_IDS),
                        flag(SPEAKS_LAST_ASSISTANT_MESSAGE)),
                new Answer(
                        choice(AUDIO_PLACE, AudioPlace.values()),
                        sampleRateHz(),
                        flag(CONTENT_IS_TRANSCRIPT),
                        choice(END, End.values())));
    }

    /** Not quoted where it is refused: it may hold a key. */
    private @Nullable String baseUrl() {
        String url = texts.get(BASE_URL);
        if (url == null || URL.matcher(url).matches()) return url;
        throw new IllegalArgumentException("dialect " + name + ": " + BASE_URL
                + ": (not shown) (expected: http[s]://host[:port][/path], without user, query or fragment)");
    }

    private String path(String key) {
        return text(key, PATH, "a path such as /chat/completions, where {model} may stand for the model");
    }

    private int sampleRateHz() {
        int sampleRateHz = Integer.parseInt(text(SAMPLE_RATE_HZ, NUMBER, SpokenFormat.EXPECTED_RATES));
        if (SpokenFormat.isSpeechRate(sampleRateHz)) return sampleRateHz;
        throw unexpected(SAMPLE_RATE_HZ, SpokenFormat.EXPECTED_RATES);
    }

    private boolean flag(String key) {
        String value = textOf(key);
        if (value.equals("true")) return true;
        if (value.equals("false")) return false;
        throw unexpected(key, "true or false");
    }

    private <T extends Enum<T>> T choice(String key, T[] choices) {
        String value = textOf(key);
        for (T choice : choices) {
            if (textOf(choice).equals(value)) return choice;
        }
        throw unexpected(key, Arrays.stream(choices).map(DialectValues::textOf).collect(Collectors.joining(" or ")));
    }

    private String text(String key, Pattern legal, String expected) {
        String value = textOf(key);
        if (legal.matcher(value).matches()) return value;
        throw unexpected(key, expected);
    }

    private String textOf(String key) {
        return texts.getOrDefault(key, "");
    }

    private IllegalArgumentException unexpected(String key, String expected) {
        return new IllegalArgumentException(
                "dialect " + name + ": " + key + ": " + textOf(key) + " (expected: " + expected + ")");
    }

    /** {@code API_KEY} is {@code api-key}. */
    private static String textOf(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
